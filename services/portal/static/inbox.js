// Renews the list of notices when one comes in. Without this script the page works as it is.
(function () {
  "use strict";
  const list = () => document.getElementById("notices");
  const news = document.getElementById("news");
  const source = new EventSource("/inbox/stream?after=" + list().dataset.position);
  let asking = false, again = false, later;

  async function renew() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
      if (answer.status >= 500) throw new Error("away");
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const held = list().contains(document.activeElement) && document.activeElement;
        const place = held && held.closest("article");
        for (const part of ["#notices", ".menu ul"]) {
          const now = document.querySelector(part), next = page.querySelector(part);
          if (now && next) now.replaceWith(next);
        }
        if (place) {
          const same = document.querySelector(`[aria-labelledby="${place.getAttribute("aria-labelledby")}"] a`);
          if (same) same.focus();
        }
      }
    } catch (_) {
      clearTimeout(later);
      later = setTimeout(renew, 3000);
    }
    asking = false;
    if (again) { again = false; renew(); }
  }

  source.addEventListener("notice", () => { news.textContent = news.dataset.new; renew(); });
  source.addEventListener("unread", renew);
})();
