// The counter: the number pad, a look-up that starts with the last digit, room for the next customer.
// The typed number lives in the field alone; of a vain look-up it is kept for a minute, to be corrected.
"use strict";

(() => {
  const form = document.getElementById("look-up");
  const answer = document.getElementById("answer");
  const pad = document.getElementById("pad");
  const told = document.getElementById("digits-told");
  const phone = form.elements.phone;
  const KEPT = 60000;
  const HELD = 450;

  // As members/phone.py has it, as far as a number of the mainland goes; what is not understood here goes to the server
  const separators = /[\p{Cf}\p{Pd}\p{Zs}\s.。·•_'~()[\]【】〔〕\u2212]/gu;
  const whole = /^(?:\+86|0086|86)?0?1[3-9]\d{9}$/;
  const growing = /^(\+86|0086|86)?(0?1\d{0,10})$/;

  let before = ""; // what was in the field before the last key, without separators
  let vain = ""; // the number that nothing was found for
  let forgetting = 0;
  let waiting = false;

  const plain = (text) => text.normalize("NFKC").replace(separators, "");

  function grouped(text) {
    const digits = plain(text);
    if (!/^\+?\d*$/.test(digits)) return text;
    const found = growing.exec(digits);
    if (!found) return digits;
    const [, country, number] = found;
    const first = number.startsWith("0") ? 4 : 3;
    const parts = [country, number.slice(0, first), number.slice(first, first + 4), number.slice(first + 4)];
    return parts.filter(Boolean).join(" ");
  }

  // The caret stays behind the same digit
  function regroup() {
    const text = grouped(phone.value);
    phone.classList.toggle("long", text.length > 15);
    if (text === phone.value) return;
    const digits = plain(phone.value.slice(0, phone.selectionStart)).length;
    phone.value = text;
    let caret = 0;
    for (let seen = 0; seen < digits && caret < text.length; caret += 1) seen += text[caret] === " " ? 0 : 1;
    phone.setSelectionRange(caret, caret);
  }

  function changed() {
    regroup();
    answer.replaceChildren();
    const now = plain(phone.value);
    const grew = now.length > before.length;
    const atEnd = phone.selectionStart === phone.value.length;
    before = now;
    // A digit corrected in the middle waits for the button: more of them may be wrong, and each look-up counts
    if (grew && atEnd && now !== vain && whole.test(now)) form.requestSubmit();
  }

  function set(text) {
    phone.value = text;
    before = plain(text);
    regroup();
  }

  function forget() {
    clearTimeout(forgetting);
    vain = "";
    const correct = document.getElementById("correct-number");
    if (correct) correct.hidden = true;
  }

  function makeRoom(forAnswer) {
    form.hidden = forAnswer;
    answer.classList.toggle("alone", forAnswer);
  }

  function ask(number) {
    forget();
    answer.replaceChildren();
    makeRoom(false);
    set(number);
    window.scrollTo(0, 0);
    phone.focus();
  }

  // Hardware keys, paste, dictation

  phone.addEventListener("input", (event) => { if (!event.isComposing) changed(); });
  phone.addEventListener("compositionend", changed);
  phone.addEventListener("keydown", (event) => {
    const at = phone.selectionStart;
    if (at !== phone.selectionEnd) return;
    // A space is ours: the digit beside it is meant
    if (event.key === "Backspace" && phone.value[at - 1] === " ") phone.setSelectionRange(at - 1, at - 1);
    if (event.key === "Delete" && phone.value[at] === " ") phone.setSelectionRange(at + 1, at + 1);
  });
  document.addEventListener("keydown", (event) => {
    if (!form.hidden && document.activeElement === document.body && /^[\d+]$/.test(event.key)) phone.focus();
  });

  // The pad

  function press(key) {
    if (waiting) return;
    const { selectionStart: from, selectionEnd: to, value } = phone;
    if (key === "clear") {
      phone.value = "";
    } else if (key !== "back") {
      if (value.length - (to - from) >= phone.maxLength) return;
      phone.setRangeText(key, from, to, "end");
    } else if (from !== to) {
      phone.setRangeText("", from, to, "end");
    } else {
      const digit = value[from - 1] === " " ? from - 2 : from - 1;
      if (digit < 0) return;
      phone.setRangeText("", digit, from, "end");
    }
    // Before the first touch has ended the browser allows no buzz, and would complain
    if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) navigator.vibrate(8);
    changed();
    told.textContent = `${plain(phone.value).replace("+", "").length} ${told.dataset.unit}`;
  }

  const pressed = new WeakMap();
  let holding = 0;

  pad.addEventListener("pointerdown", (event) => {
    const key = event.target.closest("button");
    if (!key || event.button > 0) return;
    event.preventDefault(); // the field keeps the caret
    pressed.set(key, event.timeStamp);
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 120);
    press(key.dataset.key);
    clearTimeout(holding);
    if (key.dataset.key === "0" && phone.value === "0") {
      holding = setTimeout(() => { if (phone.value === "0") set("+"); }, HELD);
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    pad.addEventListener(end, () => clearTimeout(holding));
  }
  pad.addEventListener("contextmenu", (event) => event.preventDefault());
  // A click without a touch: keyboard, screen reader
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key) return;
    const own = event.timeStamp - pressed.get(key) < 1500;
    pressed.delete(key);
    if (!own) press(key.dataset.key);
  });

  // The answer

  form.addEventListener("htmx:beforeRequest", () => {
    waiting = true;
    phone.readOnly = true;
  });
  form.addEventListener("htmx:afterRequest", () => {
    waiting = false;
    phone.readOnly = false;
  });
  answer.addEventListener("htmx:afterSwap", () => {
    if (form.hidden) return;
    const title = document.getElementById("answer-title");
    if (!title) {
      phone.focus();
      return;
    }
    forget();
    const correct = document.getElementById("correct-number");
    if (correct) {
      vain = plain(phone.value);
      correct.hidden = false;
      forgetting = setTimeout(forget, KEPT);
    }
    set("");
    told.textContent = "";
    makeRoom(true);
    window.scrollTo(0, 0);
    title.focus({ preventScroll: true });
  });
  answer.addEventListener("click", (event) => {
    if (event.target.closest("#correct-number")) {
      const number = vain;
      ask(number);
      vain = number; // not looked up again by itself
      forgetting = setTimeout(forget, KEPT);
    } else if (event.target.closest("#next-customer")) {
      event.preventDefault();
      ask("");
    }
  });

  // Neither a page that is left nor one that comes back holds a number
  window.addEventListener("pagehide", () => {
    forget();
    set("");
  });

  phone.inputMode = "none"; // the pad stands in for the phone's own keyboard
  pad.classList.add("ready");
  if (document.getElementById("answer-title")) return;
  if (!phone.value) phone.focus();
  // Typed before this came over a slow network: looked up as soon as htmx listens, which it does by then
  else document.addEventListener("DOMContentLoaded", changed);
})();
