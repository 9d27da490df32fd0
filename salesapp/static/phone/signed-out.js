// The page "signed out", which the phone shows without network as well: it tells the server, and nothing else is
// shown before that is done.
"use strict";

(() => {
  const say = document.getElementById("content").dataset;
  // Shown at its own address, or in the place of the page that was asked for
  const asked = new URLSearchParams(location.search).get("next");
  const target = location.pathname === say.own ? asked : location.pathname + location.search;
  let telling = false;

  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1] || "";
  const unnoted = sessionStorage.getItem("owed"); // where there was no room for the note
  const owed = async () => (await caches.keys()).filter((name) => name.startsWith("owed "));

  function show(...states) {
    for (const part of document.querySelectorAll("[data-when]")) part.hidden = !states.includes(part.dataset.when);
  }

  async function post(locked) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), 8000);
    try {
      return await fetch(say.signOut, {
        method: "POST",
        headers: { "X-CSRFToken": cookie("csrftoken"), Accept: "application/json" },
        body: new URLSearchParams(locked ? { lock: "1" } : {}),
        redirect: "error",
        signal: patience.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async function tell() {
    if (telling) return;
    telling = true;
    const notes = await owed();
    const signIn = target ? `${say.signIn}?next=${encodeURIComponent(target)}` : say.signIn;
    if (!notes.length && !unnoted) {
      location.replace(say.signIn); // another tab has told it, and somebody else may sign in
      return;
    }
    const locked = !notes.includes("owed sign-out") && unnoted !== "sign-out";
    const how = locked ? "lock" : "sign-out";
    show(how, "telling");
    try {
      let answer = await post(locked);
      if (answer.status === 403) {
        await fetch(location.pathname, { cache: "no-store" }); // brings a new token
        answer = await post(locked);
      }
      if (answer.status !== 204) throw new Error("not our answer");
      await Promise.all((await owed()).map((name) => caches.delete(name)));
      sessionStorage.removeItem("owed");
      // So that the page says why it is there; it names nobody
      location.replace(locked ? `${signIn}${target ? "&" : "?"}locked` : say.signIn);
    } catch {
      const map = (await caches.keys()).some((name) => name.startsWith("map "));
      for (const link of document.querySelectorAll("[data-kept-map]")) link.hidden = !map;
      show(how, "waiting");
      telling = false;
    }
  }

  for (const button of document.querySelectorAll("[data-again]")) button.addEventListener("click", tell);
  addEventListener("online", tell);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tell();
  });
  tell();
})();
