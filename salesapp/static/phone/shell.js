// Every page: what it says without network, the service worker behind it, and that nothing comes back from history.
"use strict";

(() => {
  const root = document.documentElement;
  const notice = document.getElementById("no-answer");
  const network = document.getElementById("network");
  const unsent = new WeakSet(); // requests that were begun without network
  let timer = 0;

  // --- No answer ----------------------------------------------------------------------------------------

  // What asks again by itself: the reader sent nothing, and the next time may bring an answer
  const polls = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger"));

  function show(event) {
    if (polls(event.detail.elt)) return;
    const asked = unsent.has(event.detail.xhr) ? "offline" : "noAnswer";
    const closer = event.detail.elt.closest(asked === "offline" ? "[data-offline]" : "[data-no-answer]");
    if (event.detail.elt.closest("[data-kept-first]")) return; // says itself what became of it
    clearTimeout(timer);
    notice.textContent = (closer || notice).dataset[asked];
    notice.hidden = false;
    timer = setTimeout(() => { notice.hidden = true; }, 8000);
  }

  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.body.addEventListener(name, show);
  }
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (polls(event.detail.elt)) return;
    notice.hidden = true;
    if (!navigator.onLine) unsent.add(event.detail.xhr);
  });

  const kept = "kept" in root.dataset; // the map as it was opened last
  if (kept) history.replaceState(null, "", location.pathname);

  function showNetwork() {
    const away = kept || !navigator.onLine;
    network.textContent = away ? network.dataset[kept ? "kept" : "offline"] : "";
    network.hidden = !away;
    root.classList.toggle("no-network", away);
  }
  let leaving = false; // the next page is on its way, and this one must not come back in its place
  addEventListener("beforeunload", () => { leaving = true; });
  addEventListener("online", () => (kept && !leaving ? location.reload() : showNetwork()));
  addEventListener("offline", showNetwork);
  showNetwork();

  // --- The service worker -------------------------------------------------------------------------------

  // Before the first page that it keeps is opened: at the sign-in
  if (root.dataset.worker && "serviceWorker" in navigator) {
    addEventListener("load", () => {
      navigator.serviceWorker.register(root.dataset.worker).catch(() => {}); // without it the app works, with network
    });
  }

  // --- History --------------------------------------------------------------------------------------------

  // What a page showed is gone once it is left; one that the browser kept all the same is loaded again
  addEventListener("pagehide", () => {
    root.classList.add("covered");
    for (const part of document.querySelectorAll("[data-forget]")) part.replaceChildren();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
