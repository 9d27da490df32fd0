// Names for what Django's admin leaves without: suggestions, dates in two parts, lists that scroll sideways.
"use strict";
(() => {
  const textOf = (element) => (element ? element.textContent.replace(/:\s*$/, "").trim() : "");
  const labelOf = (id) => textOf(document.querySelector(`label[for="${id}"]`));

  function nameSuggestions() {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const drawn = select.nextElementSibling;
      if (!drawn || !drawn.classList.contains("select2")) continue;
      for (const part of drawn.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", labelOf(select.id));
      }
    }
  }

  function nameDates() {
    for (const input of document.querySelectorAll(".datetime input")) {
      const row = input.closest(".form-row");
      const part = input.classList.contains("vTimeField") ? input.name.slice(0, -2) : "";
      const before = textOf({ textContent: (input.previousSibling || {}).textContent || part });
      input.setAttribute("aria-label", `${textOf(row && row.querySelector("label, legend"))} ${before}`.trim());
    }
  }

  function reachScrolling() {
    for (const list of document.querySelectorAll(".results")) {
      if (list.scrollWidth > list.clientWidth) list.tabIndex = 0;
    }
  }

  // Suggestions are drawn a moment after the page is there, and in each row that is added
  new MutationObserver(nameSuggestions).observe(document.body, { childList: true, subtree: true });
  addEventListener("load", () => {
    nameSuggestions();
    nameDates();
    reachScrolling();
  });
})();
