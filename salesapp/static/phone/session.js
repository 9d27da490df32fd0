// Every page, the admin's too: the phone holds things of one employee, is locked when nobody touches it, and forgets
// at sign-out. What the server has to be told is noted first, as the name of an empty cache (so that the service
// worker reads it as well), and told by the page "signed out", which stands before every other page until then.
"use strict";

const session = (() => {
  const root = document.documentElement;
  const WARNING = 30; // seconds before the lock, as its words say
  const { owner, idle, signedOut, locksSoon } = document.currentScript.dataset;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  let last = Date.now();
  let ending = false;
  const warning = document.createElement("p");
  warning.className = "toast";
  warning.setAttribute("role", "alert");

  // --- Forgetting -----------------------------------------------------------------------------------------

  async function emptyDatabase(name) {
    const done = (request) => new Promise((resolve) => {
      request.onsuccess = request.onerror = request.onblocked = () => resolve(request.result);
    });
    // Emptied first: another tab may keep it from being deleted
    const database = await done(indexedDB.open(name));
    if (database) {
      const stores = [...database.objectStoreNames];
      if (stores.length) {
        const transaction = database.transaction(stores, "readwrite");
        stores.forEach((store) => transaction.objectStore(store).clear());
        await new Promise((resolve) => { transaction.oncomplete = transaction.onabort = resolve; });
      }
      database.close();
    }
    await done(indexedDB.deleteDatabase(name));
  }

  // All but the shell, which is nobody's, and the notes for the server; and the map of the owner who is named
  async function wipe(remaining) {
    localStorage.clear();
    sessionStorage.clear();
    const empty = async () => {
      const kept = (name) => /^(shell|owed) /.test(name) || (remaining && name === `map ${remaining}`);
      await Promise.all((await caches.keys()).filter((name) => !kept(name)).map((name) => caches.delete(name)));
    };
    await (navigator.locks ? navigator.locks.request("kept", empty) : empty());
    const databases = indexedDB.databases ? await indexedDB.databases() : [{ name: "drafts" }];
    await Promise.all(databases.map(({ name }) => emptyDatabase(name)));
  }

  // Whatever the last owner left goes before anything of this one is kept
  async function takeOver() {
    if (!owner) {
      localStorage.removeItem("touched");
      return;
    }
    if (localStorage.getItem("owner") === owner) return;
    await wipe(owner);
    localStorage.setItem("owner", owner);
  }

  // --- Ending ---------------------------------------------------------------------------------------------

  function cover() {
    root.classList.add("covered");
    for (const part of document.querySelectorAll("[data-forget]")) part.replaceChildren();
  }

  function leave() {
    ending = true;
    cover();
    location.replace(`${signedOut}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  // Another tab has ended the session; what is of this tab alone is out of its reach
  function ended(how) {
    if (how === "sign-out") sessionStorage.clear();
    leave();
  }

  async function end(how) {
    if (ending) return;
    ending = true;
    cover();
    const noted = await caches.open(`owed ${how}`).then(() => true, () => false);
    if (how === "sign-out") await wipe();
    else localStorage.removeItem("touched");
    if (tabs) tabs.postMessage(how);
    if (!noted) sessionStorage.setItem("owed", how); // the phone is full
    leave();
  }

  const isOwed = async () => (await caches.keys()).some((name) => name.startsWith("owed "));

  // --- The lock -------------------------------------------------------------------------------------------

  function touch() {
    check(); // no timer ran while the phone slept, and the touch that wakes it is too late
    if (ending) return;
    const now = Date.now();
    if (Math.abs(now - Number(localStorage.getItem("touched"))) > 2000) localStorage.setItem("touched", now);
    last = now;
    warning.remove();
  }

  // A screen reader may move on without a key or a finger; a part that is put in anew gets its focus back by itself
  function focused(event) {
    if (!event.target.closest?.(".htmx-added")) touch();
  }

  function check() {
    // Either way: a clock that is put back does not keep the phone open
    const since = [last, Number(localStorage.getItem("touched"))].map((touched) => Math.abs(Date.now() - touched));
    const still = Math.min(...since) / 1000;
    if (still > idle) end("lock");
    else if (still <= idle - WARNING) warning.remove();
    else if (!warning.isConnected) {
      document.body.append(warning);
      warning.textContent = locksSoon;
    }
  }

  async function begin() {
    if (!("caches" in window)) return; // not by https: nothing is kept, and the plain form signs out
    if (tabs && owner) tabs.onmessage = (event) => ended(event.data);
    // What opens without network needs no sign-in, so the kept map is not locked
    if (!owner || "kept" in root.dataset) return;
    // Before anything is awaited: until this script has run, the browser draws nothing of the page
    const left = Number(localStorage.getItem("touched"));
    if (left && Math.abs(Date.now() - left) > idle * 1000) {
      await end("lock");
      return;
    }
    if (await isOwed()) {
      leave();
      return;
    }
    await ready;
    touch();
    for (const name of ["pointerdown", "keydown", "touchmove", "wheel"]) {
      addEventListener(name, touch, { capture: true, passive: true });
    }
    addEventListener("focusin", focused, { capture: true });
    setInterval(check, 1000);
    document.addEventListener("visibilitychange", check);
    for (const form of document.querySelectorAll("form[data-sign-out], #logout-form")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        signOut(form);
      });
    }
  }

  // --- Sign-out -------------------------------------------------------------------------------------------

  async function signOut(form) {
    const warning = document.getElementById("would-be-lost");
    const waiting = typeof drafts === "undefined" ? 0 : await drafts.count();
    if (waiting && warning.hidden) {
      warning.querySelector("[data-count]").textContent = waiting;
      warning.hidden = false;
      form.querySelector("button").textContent = form.dataset.signOut;
      return;
    }
    end("sign-out");
  }

  const ready = "caches" in window ? takeOver() : Promise.resolve();
  begin();
  return { ready };
})();
