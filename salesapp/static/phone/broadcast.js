// A new broadcast: its screens follow each other in one page, so that all that was entered stays in the form, also
// when the phone's own way back is taken. What is on a screen stands in its address too, for whoever loads it again.
"use strict";

(() => {
  const form = () => document.getElementById("plan");

  // As the server packs them: the first id, then how much higher each next one is
  function packed(ids) {
    const ordered = ids.sort((one, other) => one - other);
    return ordered.map((id, index) => (index ? id - ordered[index - 1] : id)).join(".");
  }

  function address() {
    const asked = new URLSearchParams({ step: form().dataset.step });
    const picked = [];
    for (const [name, value] of new FormData(form())) {
      if (name === "communities" && !value.includes(".")) picked.push(Number(value));
      else if (name !== "csrfmiddlewaretoken" && name !== "q") asked.append(name, value);
    }
    if (picked.length) asked.append("communities", packed(picked));
    return `${location.pathname}?${asked}`;
  }

  // The moment is asked for only where one is wanted
  function showMoment() {
    const moment = form().querySelector(".when");
    if (moment) moment.hidden = form().elements.begin.value === "now";
  }

  document.addEventListener("input", (event) => {
    if (!form().contains(event.target)) return;
    showMoment();
    history.replaceState(null, "", address());
  });

  // What was picked on the map has served
  document.addEventListener("submit", (event) => {
    const view = JSON.parse(localStorage.getItem("map"));
    if (view && event.submitter?.id === "schedule") localStorage.setItem("map", JSON.stringify({ ...view, picks: [] }));
  });

  let shown = form().dataset.step;

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "plan") return;
    showMoment();
    form().focus({ preventScroll: true });
    const asked = event.detail.requestConfig.elt.name === "step"; // by a button, not by the way back
    if (asked && shown !== form().dataset.step) history.pushState(null, "", address());
    else history.replaceState(null, "", address());
    shown = form().dataset.step;
  });

  window.addEventListener("popstate", () => {
    const step = new URLSearchParams(location.search).get("step") || "whom";
    htmx.ajax("POST", form().action, {
      source: form(), target: "#plan", select: "#plan", swap: "outerHTML show:window:top", values: { step },
    }).catch(() => {}); // what went wrong is told by the shell
  });

  showMoment();
})();
