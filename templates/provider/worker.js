{% load static %}// A provider's day without a network: pages that were opened or stand in the day's list come out of the phone.
// The network goes first; what is kept is of the last hours, and gone once a page leads elsewhere (signed out).
const PAGES = "provider-pages";
const HOME = "{% url 'provider:home' %}";
const OFFLINE = "{% url 'provider:offline' %}";
const SHELL = [OFFLINE, "{% static 'css/tokens.css' %}", "{% static 'css/martunion.css' %}"];
const OLDEST = 18 * 3600 * 1000;
const PATIENCE = 8000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("provider-shell").then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => event.waitUntil(keep(event.data.keep)));

// The day's pages and their files, asked for ahead.
async function keep(urls) {
  const cache = await caches.open(PAGES);
  for (const url of urls) {
    try {
      const answer = await fetch(url);
      if (answer.ok && !answer.redirected) await cache.put(url, await stamped(answer));
    } catch {
      return;
    }
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function page(request) {
  const url = request.url.split(/[?#]/)[0];
  try {
    const answer = await Promise.race([fetch(request), new Promise((_, late) => setTimeout(late, PATIENCE))]);
    if (answer.type === "opaqueredirect" && new URL(url).pathname !== HOME) await caches.delete(PAGES);
    else if (answer.ok && url === request.url) (await caches.open(PAGES)).put(url, await stamped(answer.clone()));
    return answer;
  } catch {
    const kept = await (await caches.open(PAGES)).match(url);
    const isFresh = kept && Date.now() - Number(kept.headers.get("X-Kept-At")) < OLDEST;
    return isFresh ? kept : caches.match(OFFLINE);
  }
}

// With the time at which it was kept: nothing is shown that is too old.
async function stamped(answer) {
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-At", Date.now());
  return new Response(await answer.blob(), { headers });
}

async function file(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
}
