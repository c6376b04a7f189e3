// Tells how far an import is. Without this script the browser waits for the page instead.
"use strict";
(() => {
  function prepare() {
    for (const form of document.querySelectorAll("form[data-progress]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        follow(form, event.submitter);
      });
    }
  }

  async function follow(form, button) {
    const part = form.querySelector(".progress");
    const words = part.querySelector("[role=status]");
    const bar = part.querySelector("progress");
    const buttons = form.querySelectorAll("button");
    const file = form.querySelector("input[type=file]");
    part.hidden = false;
    if (file && file.files[0] && file.files[0].size > Number(part.dataset.limit)) {
      bar.hidden = true;
      words.textContent = part.dataset.large;
      return;
    }
    bar.hidden = false;
    const body = new FormData(form);
    if (button && button.name) body.append(button.name, button.value);
    const tell = (phase, share) => {
      if (share === undefined) bar.removeAttribute("value");
      else bar.value = share;
      if (words.dataset.phase !== phase) {
        words.dataset.phase = phase;
        words.textContent = part.dataset[phase];
      }
    };
    buttons.forEach((each) => (each.disabled = true));
    tell("send");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, headers: { accept: "application/x-ndjson" }, redirect: "manual",
      });
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("ndjson")) throw new Error("refused");
      await read(answer.body, (line) => {
        if (line.phase) tell(line.phase, line.total ? (line.done / line.total) * 100 : 100);
        else if (line.see) location.assign(line.see);
        else if (line.page) show(line.page);
      });
    } catch (_) {
      buttons.forEach((each) => (each.disabled = false));
      bar.hidden = true;
      words.dataset.phase = "";
      words.textContent = part.dataset.failed;
    }
  }

  async function read(stream, take) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let ended = false;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean).map((each) => JSON.parse(each))) {
        ended = ended || !line.phase;
        take(line);
      }
    }
    if (!ended) throw new Error("broken off");
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.getElementById("main").replaceWith(page.getElementById("main"));
    document.getElementById("main").focus();
    scrollTo(0, 0);
    prepare();
  }

  prepare();
})();
