// The counter: after an answer the typed number leaves the screen, and one tap makes room for the next customer.
"use strict";

(() => {
  const form = document.getElementById("look-up");
  const answer = document.getElementById("answer");
  const phone = form.elements.phone;

  answer.addEventListener("htmx:afterSwap", () => {
    const title = document.getElementById("portrait-title");
    if (!title) return;
    phone.value = "";
    title.focus({ preventScroll: true });
    answer.scrollIntoView({ block: "start" });
  });

  answer.addEventListener("click", (event) => {
    if (!event.target.closest("#next-customer")) return;
    event.preventDefault();
    answer.replaceChildren();
    phone.value = "";
    window.scrollTo(0, 0);
    phone.focus();
  });
})();
