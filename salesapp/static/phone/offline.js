// The page in place of one that the network did not bring: it goes as soon as there is network.
"use strict";

(() => {
  const again = () => location.reload();
  addEventListener("online", again);
  // Another page is on its way: this one must not come back in its place
  addEventListener("beforeunload", () => removeEventListener("online", again));
  for (const button of document.querySelectorAll("[data-again]")) button.addEventListener("click", again);
  caches.keys().then((names) => {
    const map = names.some((name) => name.startsWith("map "));
    for (const link of document.querySelectorAll("[data-kept-map]")) link.hidden = !map;
  });
})();
