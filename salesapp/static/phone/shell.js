// Every page: say so when the server does not answer a fragment, or answers it with an error.
"use strict";

(() => {
  const notice = document.getElementById("no-answer");
  let timer = 0;

  function show() {
    clearTimeout(timer);
    notice.hidden = false;
    timer = setTimeout(() => { notice.hidden = true; }, 6000);
  }

  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.body.addEventListener(name, show);
  }
  document.body.addEventListener("htmx:beforeRequest", () => { notice.hidden = true; });
})();
