// The one connection of a management page to its store: orders, conversations, and the manager's own log-in. Who said
// "I am here" at the console stays logged in while walking through the other pages of this browser.
import { ask, followState, listen, open, send } from "../shopper_socket.js";

export { ask, followState, listen, send };
export const place = document.querySelector("[data-console-line]")?.dataset ?? {};
const path = place.socket ?? document.querySelector("[data-live-orders]")?.dataset.liveOrders;
const changed = new Set();
export const me = { id: 0, status: "off", place: "", capacity: 0, name: "", mayTalk: false };

const key = () => `console:${path}:${me.id}`;
export const onMe = (handler) => changed.add(handler);
const tell = () => changed.forEach((handler) => handler(me));

function kept() {
  try {
    return JSON.parse(localStorage.getItem(key()));
  } catch {
    return null;
  }
}

function remember(status, place) {
  try {
    if (status === "off") localStorage.removeItem(key());
    else localStorage.setItem(key(), JSON.stringify({ status, place }));
  } catch {
    // Then the next page asks again.
  }
}

// available, busy, away, silent log in; off logs out, at every console of this manager. Remembered before it is answered:
// whoever presses and walks on to another page has logged in.
export async function present(status, where = me.place) {
  const able = Boolean(navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection);
  const before = kept();
  remember(status, where);
  try {
    const answer = await ask({ type: "presence", state: status, place: where, voice: able, video: able });
    Object.assign(me, { status, place: where, capacity: answer.capacity ?? me.capacity });
  } catch (error) {
    if (error.code !== "lost") remember(before?.status ?? "off", before?.place);
    throw error;
  }
  tell();
}

listen("hello", (hello) => {
  me.id = hello.you;
  me.mayTalk = Boolean(hello.conversations);
  if (hello.manager) Object.assign(me, { capacity: hello.manager.capacity, name: hello.manager.name });
  const before = kept();
  // Logged out at another console in the meantime is logged out.
  if (me.mayTalk && before && hello.manager?.status !== "off") present(before.status, before.place).catch(() => {});
  else {
    me.status = "off";
    remember("off");
  }
  tell();
});
// Another tab of this browser has changed it.
addEventListener("storage", (event) => {
  if (event.key !== key()) return;
  const now = kept();
  if (now?.status !== me.status) present(now?.status ?? "off", now?.place).catch(() => {});
});

if (path) open(path);
