// The service worker. It keeps the shell of the app, and of answers only what the server marks with X-Kept-For, the
// opaque name of the phone's owner: the last map and its tiles. Everything else comes from the network or not at all.
"use strict";

const SHELL = "shell {{ version }}";
const PAGES = {{ pages|safe }};
const AT_ONCE = {{ at_once|safe }};
const ONCE_USED = {{ once_used|safe }};

const [OFFLINE, SIGNED_OUT] = PAGES;
const START = "/";
const MAP_PAGE = "{{ map_page }}";
const TILES = "/api/tiles/";
const MAP = "map "; // a cache's name goes on with the owner
const OWED = "owed "; // an empty cache: what the server has yet to be told, as session.js notes it
const MOST_TILES = 400;
const PATIENCE = 8000; // milliseconds
const PATIENCE_WITH_MAP = 4000;

const files = new Set([...AT_ONCE, ...ONCE_USED]);
let tilesKept = 0;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const shell = await caches.open(SHELL);
    await shell.addAll([...PAGES, ...AT_ONCE]);
    // What the last version had of the rest need not be loaded again
    for (const address of ONCE_USED) {
      const kept = await caches.match(address);
      if (kept) await shell.put(address, kept);
    }
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("shell ") && name !== SHELL);
    await Promise.all(old.map((name) => caches.delete(name)));
    // A page is asked for while the worker still starts
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (request.method === "GET") event.respondWith(page(event));
    else if (!navigator.onLine) event.respondWith(fromShell(OFFLINE));
  } else if (request.method === "GET") {
    if (files.has(pathname)) event.respondWith(file(event));
    else if (pathname.startsWith(TILES)) event.respondWith(tile(event));
  }
});

async function page(event) {
  const { pathname, searchParams } = new URL(event.request.url);
  const preloaded = event.preloadResponse || Promise.resolve();
  event.waitUntil(preloaded.catch(() => {}));
  const map = pathname === MAP_PAGE || pathname === START ? await keptMap() : undefined;
  if (map && searchParams.has("kept")) return map;
  if (await isOwed()) return fromShell(SIGNED_OUT);
  try {
    const asked = preloaded.then((answer) => answer || fetch(event.request));
    const answer = await soon(asked, map ? PATIENCE_WITH_MAP : PATIENCE);
    event.waitUntil(keep(event.request, answer.clone()));
    return answer;
  } catch {
    if (!map) return fromShell(OFFLINE);
    return pathname === START ? Response.redirect(MAP_PAGE) : map;
  }
}

async function file(event) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(event.request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(shell.put(event.request, answer.clone()));
  return answer;
}

async function tile(event) {
  try {
    const answer = await soon(fetch(event.request), PATIENCE);
    event.waitUntil(keep(event.request, answer.clone()));
    return answer;
  } catch {
    const name = await mapName();
    const kept = name && (await (await caches.open(name)).match(event.request, { ignoreVary: true }));
    return kept || Response.error();
  }
}

// The answer within this time, or an error: at once where the phone knows that there is no network
function soon(asked, patience) {
  if (!navigator.onLine) {
    asked.catch(() => {});
    return Promise.reject(new Error("no network"));
  }
  return Promise.race([
    asked,
    new Promise((_, reject) => { setTimeout(() => reject(new Error("no answer in time")), patience); }),
  ]);
}

async function fromShell(address) {
  return (await (await caches.open(SHELL)).match(address)) || Response.error();
}

async function isOwed() {
  return (await caches.keys()).some((name) => name.startsWith(OWED));
}

async function mapName() {
  return (await caches.keys()).find((name) => name.startsWith(MAP));
}

async function keptMap() {
  const name = await mapName();
  return name && (await caches.open(name)).match(MAP_PAGE);
}

// A page makes the cache of its owner and ends all others; a tile is kept only where that of its owner is. Pages
// that wipe the phone hold the same lock, so nothing comes back after them.
function keep(request, answer) {
  const owner = answer.headers.get("X-Kept-For");
  if (!owner || answer.status !== 200) return undefined;
  return alone(async () => {
    if (await isOwed()) return;
    const name = MAP + owner;
    if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) {
      const others = (await caches.keys()).filter((other) => other.startsWith(MAP) && other !== name);
      await Promise.all(others.map((other) => caches.delete(other)));
      const headers = new Headers(answer.headers);
      headers.delete("Content-Encoding");
      headers.delete("Content-Length");
      // The page says that it is the kept one
      const text = (await answer.text()).replace("<html ", "<html data-kept ");
      await (await caches.open(name)).put(MAP_PAGE, new Response(text, { headers }));
    } else if (await caches.has(name)) {
      const cache = await caches.open(name);
      await cache.put(request, answer);
      tilesKept += 1;
      if (tilesKept % 50 === 1) await forgetOldTiles(cache);
    }
  });
}

async function forgetOldTiles(cache) {
  const tiles = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith(TILES));
  await Promise.all(tiles.slice(0, -MOST_TILES).map((request) => cache.delete(request)));
}

function alone(work) {
  return navigator.locks ? navigator.locks.request("kept", work) : work();
}
