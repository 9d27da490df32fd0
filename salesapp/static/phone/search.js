// Search of communities by name, below its field, while the name is typed. What is found are links; the map opens
// them itself.
"use strict";

(() => {
  const PAUSE = 200; // milliseconds without a keystroke before the server is asked

  const form = document.getElementById("search");
  const field = document.getElementById("search-text");
  const found = document.getElementById("found");
  const status = document.getElementById("search-status");
  let timer = 0;
  let asked = "";

  function clear() {
    clearTimeout(timer);
    asked = "";
    found.replaceChildren();
    status.replaceChildren();
  }

  async function ask() {
    clearTimeout(timer);
    const typed = field.value.trim();
    if (typed === asked) return;
    if (!typed) {
      clear();
      return;
    }
    asked = typed;
    await htmx.ajax("GET", form.getAttribute("action"), { source: form, target: "#found", swap: "innerHTML" })
      .catch(() => {
        if (asked === typed) asked = ""; // it did not come, and may be asked for again
      });
    if (!field.value.trim()) clear();
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  // Letters of a word that is still being composed are not the word
  field.addEventListener("input", (event) => {
    if (!event.isComposing) soon();
  });
  field.addEventListener("compositionend", soon);

  const links = () => [...found.querySelectorAll("a")];

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask();
    const [first] = links();
    if (first) first.focus();
  });

  document.addEventListener("keydown", (event) => {
    const here = event.target;
    if (here !== field && !found.contains(here)) return;
    const all = links();
    const at = all.indexOf(here);
    if (event.key === "Escape") {
      field.value = "";
      clear();
      field.focus();
    } else if (event.key === "ArrowDown" && at + 1 < all.length) {
      all[at + 1].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (at ? all[at - 1] : field).focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  found.addEventListener("click", (event) => {
    if (event.target.closest("a")) {
      field.value = "";
      clear();
    }
  });
})();
