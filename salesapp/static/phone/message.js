// The message in place of the portrait's facts: how long it is and how many SMS that makes, as it is typed.
"use strict";

(() => {
  const answer = document.getElementById("answer");
  const basic = new Set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
  );
  const extension = new Set("\f^{}\\[~]|€");

  // As outreach/sms_segments.py has it
  function segments(text) {
    const characters = [...text];
    const gsm = characters.every((c) => basic.has(c) || extension.has(c));
    const costs = characters.map((c) => (gsm ? 1 + extension.has(c) : c.length));
    const [alone, each] = gsm ? [160, 153] : [70, 67];
    const units = costs.reduce((sum, cost) => sum + cost, 0);
    if (units <= alone) return Math.min(units, 1);
    let parts = 0;
    let left = 0;
    for (const cost of costs) {
      if (cost > left) { parts += 1; left = each; }
      left -= cost;
    }
    return parts;
  }

  function count(form) {
    const length = form.querySelector("#message-length");
    const text = form.elements.text.value + length.dataset.ending;
    const most = length.dataset;
    const parts = segments(text);
    const characters = [...text].length;
    length.querySelector("[data-count=characters]").textContent = characters;
    const shown = length.querySelector("[data-count=segments]");
    if (shown) shown.textContent = parts;
    const over = most.segments ? parts > Number(most.segments) : characters > Number(most.characters);
    length.classList.toggle("over", over);
    form.querySelector(".primary").disabled = over || !form.elements.text.value.trim();
  }

  function fit(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function begin() {
    const form = document.querySelector("form#message");
    if (!form) return;
    for (const button of form.querySelectorAll("[data-close]")) button.hidden = !document.querySelector(".portrait");
    if (!form.elements.text) return;
    fit(form.elements.text);
    count(form);
  }

  // --- Kept before it is sent, so that neither a lost answer nor a dead phone loses it or sends it twice --------

  const isMessage = (form) => form.matches("form.message");
  const isKept = (form) => isMessage(form) && "keptFirst" in form.dataset;

  function fieldsOf({ elements }) {
    const names = ["member", "version", "channel", "category", "text", "ticket"];
    return Object.fromEntries(names.map((name) => [name, elements[name].value]));
  }

  // The server's own answer, and not that of a network which asks for a sign-in, or of a page that signs in anew
  function isAnswer({ xhr }) {
    return xhr.status === 422 || (xhr.status === 200 && xhr.getResponseHeader("HX-Trigger") === "message-sent");
  }

  document.body.addEventListener("htmx:confirm", (event) => {
    const { elt: form, issueRequest } = event.detail;
    if (!isMessage(form) || !drafts.usable) return;
    event.preventDefault();
    drafts.keep(form.elements.key.value, fieldsOf(form)).then(
      () => { form.dataset.keptFirst = ""; },
      () => {}, // no room: then it goes as it did without
    ).then(() => issueRequest(true));
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (isKept(event.detail.requestConfig.elt) && !isAnswer(event.detail)) event.detail.shouldSwap = false;
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { elt: form } = event.detail.requestConfig;
    if (!isKept(form)) return;
    if (isAnswer(event.detail)) {
      drafts.forget(form.elements.key.value);
      return;
    }
    const kept = document.getElementById("message-kept").content.cloneNode(true);
    kept.firstChild.dataset.draft = form.elements.key.value;
    document.getElementById("message").replaceWith(kept);
    document.getElementById("message").focus({ preventScroll: true });
    drafts.later();
  });

  // A text that did not come leaves the need and the channel of the text that is there
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    answer.addEventListener(name, ({ detail: { elt } }) => {
      if (!elt.closest("form.message") || isMessage(elt)) return;
      for (const option of elt.querySelectorAll("option")) option.selected = option.defaultSelected;
      for (const choice of elt.querySelectorAll("[type=radio]")) choice.checked = choice.defaultChecked;
    });
  }

  answer.addEventListener("input", (event) => {
    if (event.target.name !== "text") return;
    fit(event.target);
    count(event.target.form);
  });
  answer.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    const empty = document.createElement("div");
    empty.id = "message";
    document.getElementById("message").replaceWith(empty);
    document.querySelector(".write .primary").focus();
  });
  answer.addEventListener("htmx:afterSettle", () => {
    begin();
    const sent = document.getElementById("sent");
    const text = document.querySelector("#message textarea");
    if (sent) sent.focus({ preventScroll: true });
    // What stood around it has gone: from the top, and with no keyboard before it is asked for
    if (sent || text) window.scrollTo(0, 0);
  });
  begin();
})();
