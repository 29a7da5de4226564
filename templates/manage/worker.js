{% load static %}// Shows what push brings, and a kind page when there is no network. Keeps nothing else.
const OFFLINE = "{% url 'manage:offline' %}";
const KEPT = [OFFLINE, "{% static 'css/tokens.css' %}", "{% static 'css/martunion.css' %}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("console").then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  else if (KEPT.includes(new URL(event.request.url).pathname))
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
});

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(
    self.registration.showNotification(told.title ?? "martunion", {
      body: told.body, tag: told.tag, renotify: Boolean(told.tag), requireInteraction: true, data: { url: told.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url ?? "{% url 'manage:home' %}", self.location.origin);
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => {
      const own = pages.find((page) => new URL(page.url).pathname === url.pathname);
      return own ? own.focus() : self.clients.openWindow(url);
    }),
  );
});
