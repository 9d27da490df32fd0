// Messages from the counter that wait for the network. Each is kept before it is sent, sealed so that only the server
// can read it, and goes when the server has said what became of it. The key of its form is its name throughout, so
// however often it is sent it is one message. outreach/sealed.py opens what is sealed here.
"use strict";

const drafts = (() => {
  const { owner, seal, drafts: address } = document.documentElement.dataset;
  const usable = Boolean(owner && seal && window.crypto.subtle && window.indexedDB);
  const PATIENCE = 15000;
  const FIRST_PAUSE = 15000;
  const LONGEST_PAUSE = 300000;
  const NOT_YET = new Set([401, 403, 408, 425, 429]); // nobody has looked at the message; of 403 see below
  const DAY = 24 * 3600 * 1000;

  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("drafts") : null;
  let opened = null;
  let timer = 0;
  let pause = FIRST_PAUSE;

  // --- What is kept: waiting { key, owner, sealed, created }, settled { key, owner, created, outcome, at } ----------

  function open() {
    opened = opened || session.ready.then(() => new Promise((resolve, reject) => {
      const request = indexedDB.open("drafts", 1);
      request.onupgradeneeded = () => {
        for (const store of ["waiting", "settled"]) request.result.createObjectStore(store, { keyPath: "key" });
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const forget = () => {
          request.result.close();
          opened = null;
        };
        request.result.onversionchange = forget;
        request.result.onclose = forget;
        resolve(request.result);
      };
    }));
    opened.catch(() => { opened = null; });
    return opened;
  }

  // One transaction; "strict" so that what was kept outlives the phone's power
  async function run(mode, work) {
    const database = await open();
    const transaction = database.transaction(["waiting", "settled"], mode, { durability: "strict" });
    const [waiting, settled] = ["waiting", "settled"].map((name) => transaction.objectStore(name));
    const found = work(waiting, settled);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    return found && found.result;
  }

  const own = (rows) => rows.filter((row) => row.owner === owner).sort((one, other) => one.created - other.created);
  const waiting = async () => own(await run("readonly", (kept) => kept.getAll()));
  const settled = async () => own(await run("readonly", (_, told) => told.getAll()));

  function changed() {
    document.dispatchEvent(new Event("drafts"));
    if (tabs) tabs.postMessage("changed");
  }

  // --- Sealing --------------------------------------------------------------------------------------------------

  const utf8 = (text) => new TextEncoder().encode(text);
  const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...new Uint8Array(part)]));

  async function sealed(text, key) {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const theirs = Uint8Array.from(atob(seal), (character) => character.charCodeAt(0));
    const server = await crypto.subtle.importKey("raw", theirs, curve, false, []);
    const pair = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
    const point = await crypto.subtle.exportKey("raw", pair.publicKey);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, pair.privateKey, 256);
    const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
    const secret = await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: joined(point, theirs), info: utf8("salesapp draft") },
      material, { name: "AES-GCM", length: 256 }, false, ["encrypt"],
    );
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const bound = { name: "AES-GCM", iv: nonce, additionalData: utf8(`${owner} ${key}`) };
    return joined(point, nonce, await crypto.subtle.encrypt(bound, secret, utf8(text)));
  }

  // --- Keeping and forgetting -----------------------------------------------------------------------------------

  async function keep(key, fields) {
    const row = { key, owner, sealed: await sealed(JSON.stringify(fields), key), created: Date.now() };
    await run("readwrite", (kept) => kept.put(row));
    changed();
  }

  async function forget(key) {
    await run("readwrite", (kept, told) => {
      kept.delete(key);
      told.delete(key);
    });
    changed();
  }

  // Only a draft that still waits is settled: another tab, or the form itself, may have been quicker
  async function settle(row, outcome) {
    await run("readwrite", (kept, told) => {
      kept.get(row.key).onsuccess = (event) => {
        if (!event.target.result) return;
        kept.delete(row.key);
        told.put({ key: row.key, owner, created: row.created, outcome, at: Date.now() });
      };
    });
    changed();
  }

  async function clear() {
    await run("readwrite", (_, told) => told.clear());
    changed();
  }

  async function forgetOld() {
    const old = (await settled()).filter((row) => Date.now() - row.at > DAY);
    if (old.length) await run("readwrite", (_, told) => old.forEach((row) => told.delete(row.key)));
  }

  // --- Sending --------------------------------------------------------------------------------------------------

  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) || [])[1] || "";

  async function ask(row) {
    const patience = new AbortController();
    const clock = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: {
          "Content-Type": "application/json", "Idempotency-Key": row.key, "X-CSRFToken": cookie("csrftoken"),
        },
        body: JSON.stringify({ owner, sealed: btoa(String.fromCharCode(...row.sealed)) }),
        redirect: "error",
        cache: "no-store",
        signal: patience.signal,
      });
      return { status: answer.status, wait: Number(answer.headers.get("Retry-After")), body: await answer.json() };
    } finally {
      clearTimeout(clock);
    }
  }

  // What an answer says of the draft; null while nothing is decided. Only an answer in the server's own form counts:
  // a network that asks for a sign-in of its own answers 200 as well.
  function outcomeOf({ status, body }) {
    if (status === 200) return body.state === "sent" ? "sent" : null;
    if (status < 400 || status >= 500 || !body.code) return null;
    return NOT_YET.has(status) && body.code !== "forbidden" ? null : body.code;
  }

  // The waiting drafts, the oldest first, one at a time; gives whether all of them are settled
  async function sendAll() {
    let all = true;
    for (const row of await waiting()) {
      let answer;
      try {
        answer = await ask(row);
      } catch {
        return false; // no network, or somebody else's answer
      }
      const outcome = outcomeOf(answer);
      if (outcome) await settle(row, outcome);
      else {
        all = false;
        pause = Math.max(pause, answer.wait * 1000 || 0);
        if (answer.status < 500) return false; // signed out, or too many at once: the others would fare no better
      }
    }
    return all;
  }

  // In one tab at a time. Two would do no harm, for the server knows the key, but they would be waste.
  async function flush() {
    if (!usable) return;
    clearTimeout(timer);
    if (!navigator.onLine || !(await waiting()).length) return;
    const done = await (navigator.locks ? navigator.locks.request("drafts", sendAll) : sendAll());
    if (done) pause = FIRST_PAUSE;
    else later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(flush, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  // --- What the reader sees -------------------------------------------------------------------------------------

  async function show() {
    const [kept, told] = [await waiting(), await settled()];
    for (const tab of document.querySelectorAll("[data-tab=counter]")) {
      const old = tab.querySelector(".badge");
      if (old) old.remove();
      if (!kept.length && !told.length) continue;
      const badge = document.createElement("b");
      badge.className = "badge";
      badge.textContent = kept.length + told.length;
      tab.append(badge);
    }
    const section = document.getElementById("drafts");
    if (!section) return;
    section.hidden = !kept.length && !told.length;
    section.querySelector("[data-waiting]").hidden = !kept.length;
    section.querySelector("[data-count]").textContent = kept.length;
    section.querySelector("[data-settled]").hidden = !told.length;
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    const words = ({ outcome }) => {
      const known = section.querySelector(`[data-outcome="${outcome}"]`) || section.querySelector("[data-outcome]");
      return known.content.cloneNode(true);
    };
    section.querySelector("ul").replaceChildren(...told.map((row) => {
      const item = document.createElement("li");
      const moment = document.createElement("time");
      moment.textContent = time.format(row.created);
      item.append(moment, words(row));
      return item;
    }));
    // The notice in the place of its form
    const notice = document.querySelector("[data-draft]");
    const row = notice && told.find(({ key }) => key === notice.dataset.draft);
    if (row) notice.replaceChildren(words(row));
  }

  if (usable) {
    addEventListener("online", flush);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) flush();
    });
    document.addEventListener("drafts", show);
    if (tabs) tabs.onmessage = show;
    const clearing = document.querySelector("#drafts [data-clear]");
    if (clearing) clearing.addEventListener("click", clear);
    forgetOld().then(show).then(flush);
  }

  return { usable, keep, forget, flush, later, count: async () => (usable ? (await waiting()).length : 0) };
})();
