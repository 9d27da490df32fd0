// While a worker is at an import, its page is asked for again and its state put in place of the old one.
"use strict";
(() => {
  const PAUSE = 1500;
  const state = () => document.getElementById("import-state");

  async function look() {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("import-state");
        if (fresh && fresh.innerHTML !== state().innerHTML) {
          const at = document.activeElement;
          const name = at && state().contains(at) ? at.value : null;
          state().replaceWith(document.adoptNode(fresh));
          if (name !== null) {
            const same = [...state().querySelectorAll("button")].find((button) => button.value === name);
            (same || state().querySelector("h2")).focus();
          }
        }
      }
    } catch {
      // no network for a moment: the next look finds it
    }
    wait();
  }

  function wait() {
    if (state().dataset.working === "yes") setTimeout(look, PAUSE);
  }

  wait();
})();
