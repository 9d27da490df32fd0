// A new broadcast: what was entered on a screen goes into its address, so that the phone's own way back finds it.
"use strict";

(() => {
  const form = document.getElementById("plan");

  // As the server packs them: the first id, then how much higher each next one is
  function packed(ids) {
    const ordered = ids.sort((one, other) => one - other);
    return ordered.map((id, index) => (index ? id - ordered[index - 1] : id)).join(".");
  }

  // The moment is asked for only where one is wanted
  function showMoment() {
    const moment = form.querySelector(".when");
    if (moment) moment.hidden = form.elements.begin.value === "now";
  }

  showMoment();
  form.addEventListener("input", () => {
    showMoment();
    const asked = new URLSearchParams({ step: form.dataset.step });
    const picked = [];
    for (const [name, value] of new FormData(form)) {
      if (name === "communities" && !value.includes(".")) picked.push(Number(value));
      else if (name !== "csrfmiddlewaretoken" && name !== "q") asked.append(name, value);
    }
    if (picked.length) asked.append("communities", packed(picked));
    history.replaceState(null, "", `${location.pathname}?${asked}`);
  });
})();
