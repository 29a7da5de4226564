// What the Talk button says: whether somebody will answer, and how much is unread. The window comes when it is opened.
import { ask, followState, listen, open } from "../shopper_socket.js";
import { kept, onChange, talks, unread } from "./state.js";

export const button = document.querySelector("[data-talk]");
export const words = JSON.parse(document.getElementById("talk-words").textContent);
export const place = button.dataset;
const title = document.title;
// On lists of shops each says who answers there; on a shop's own page its heading does.
const lines = [...document.querySelectorAll("[data-presence-of]")];
const asked = new Set([place.store, ...lines.map((line) => line.dataset.presenceOf)].slice(0, 100));
const presences = new Map();
const watchers = new Set();
let loading;

export function openWindow(from) {
  loading ??= import("./window.js").catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading.then(async (module) => {
    await module.open(from);
    document.dispatchEvent(new Event("talk:open"));
    return module;
  });
}

export function presenceText(store) {
  const presence = presences.get(store);
  if (!presence) return "";
  const key = presence.state === "here" && presence.program ? "program" : presence.state;
  return words.presence[key]
    .replace("%(name)s", presence.name || words.the_store)
    .replace("%(minutes)s", Math.max(1, Math.round(presence.wait / 60)));
}

export const presenceAt = (store) => presences.get(store);
export const isHere = (store) => presences.get(store)?.state === "here";

// Hear of another store's presence too: the window shows it for each conversation.
export function followPresence(store, handler) {
  if (handler) watchers.add(handler);
  if (asked.has(store)) return;
  asked.add(store);
  askPresence();
}

async function askPresence() {
  try {
    const answer = await ask({ type: "presence", stores: [...asked] });
    answer.stores.forEach(onPresence);
  } catch {
    // Asked again with the next hello.
  }
}

function onPresence(presence) {
  presences.set(presence.store, presence);
  show();
  showLines();
  for (const handler of watchers) handler(presence.store);
}

const isTalking = () => [...talks.values()].some(({ info }) => info.state === "active" && (info.store?.slug ?? "") === place.store);

// Who is talking already is not told how long it would take.
const buttonText = () => (isTalking() ? words.talking : presenceText(place.store));

function showLines() {
  for (const line of lines) {
    const presence = presences.get(line.dataset.presenceOf);
    if (!presence) continue;
    line.hidden = presence.state !== "here";
    line.textContent = presenceText(presence.store);
  }
}

function show() {
  const count = unread();
  const text = buttonText();
  const isProgram = isHere(place.store) && presenceAt(place.store).program && !isTalking();
  document.title = count ? `(${count}) ${title}` : title;
  for (const way of document.querySelectorAll("[data-talk], [data-talk-way]")) {
    const label = way.querySelector("[data-talk-text]");
    if (text && way === button) label.textContent = text;
    if (way !== button) label.textContent = isProgram ? words.program : words.talk;
    if (text) label.classList.toggle("live", way !== button);
    label.classList.toggle("away", !isHere(place.store) && !isTalking());
    if (text && way !== button) way.setAttribute("aria-label", `${label.textContent}: ${text}`);
    way.querySelector("[data-talk-count]").textContent = count || "";
  }
}

listen("hello", askPresence);
// Somebody calls: the window opens and rings.
listen("call", async (frame) => {
  if (frame.act === "ring") (await openWindow()).ring(frame);
});
listen("presence", (frame) => frame.state && onPresence(frame));
// What was true before the connection was lost need not be true now.
followState((state) => {
  if (state !== "waiting") return;
  presences.clear();
  for (const label of document.querySelectorAll(":is([data-talk], [data-talk-way]) [data-talk-text]")) label.textContent = words.talk;
});
onChange(show);
open(place.socket);
if (kept.open || place.conversation || new URLSearchParams(location.search).has("open")) openWindow();
