// The list of communities: a new category loads its rows at once. The page stays, so that whoever goes through the
// categories by keys keeps the focus.
"use strict";

(() => {
  const form = document.getElementById("list-choice");
  const rows = document.getElementById("rows");
  const choice = form.elements.category;
  let shown = choice.value;

  choice.addEventListener("change", () => {
    const asked = htmx.ajax("GET", form.getAttribute("action"), { source: form, target: rows, swap: "innerHTML" });
    asked.catch(() => {}); // what went wrong is told by the events below
  });

  rows.addEventListener("htmx:afterSwap", () => {
    shown = choice.value;
    history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);
    for (const field of document.querySelectorAll("#search [name=category]")) field.value = shown;
    for (const link of document.querySelectorAll("header a[href*='category='], #picks")) {
      const asked = new URLSearchParams(link.search);
      asked.set("category", shown);
      link.search = asked;
    }
  });

  const takeBack = () => {
    choice.value = shown;
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) form.addEventListener(name, takeBack);
})();
