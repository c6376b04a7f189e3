// Keeps the figures of a unit up to date; without it the page is as it was when it was opened.
"use strict";
(() => {
  const figures = document.getElementById("figures");
  const status = document.getElementById("live");
  if (!figures || !status || !window.EventSource) return;
  let fetching = false;
  let again = false;
  let later;

  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const answer = await fetch(figures.dataset.source, { redirect: "manual" });
      if (answer.status >= 500) throw new Error("away");
      if (answer.ok) {
        const open = [...figures.querySelectorAll("details")].map((each) => each.open);
        figures.innerHTML = await answer.text();
        figures.querySelectorAll("details").forEach((each, at) => (each.open = open[at] || false));
        const clock = new Date().toLocaleTimeString(document.documentElement.lang);
        status.textContent = status.dataset.changed.replace("{at}", clock);
      }
    } catch (_) {
      clearTimeout(later);
      later = setTimeout(refresh, 3000);
    } finally {
      fetching = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  const source = new EventSource(figures.dataset.stream);
  source.addEventListener("open", () => (status.textContent = status.dataset.live));
  source.addEventListener("error", () => (status.textContent = status.dataset.lost));
  source.addEventListener("card", (event) => {
    const version = JSON.parse(event.data).version;
    const rendered = Number(figures.querySelector("[data-version]").dataset.version);
    if (version !== rendered) refresh();
  });
})();
