// The shopper's conversations in this tab: what was said, is on its way, is half written. Kept in
// sessionStorage: the next page goes on where this one was; nothing typed is ever lost.
import { ask, followState, listen, newId, send } from "../shopper_socket.js";

const KEY = `talk:${document.querySelector("[data-talk]").dataset.socket}`;
const MOST_KEPT = 200;
const AGAIN_AFTER = 6000;
const changed = new Set();
export const talks = new Map();
export const kept = { open: false, current: "", drafts: {}, unsent: [], cache: {}, infos: {}, ...read() };

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function keep() {
  try {
    const idle = !kept.open && !talks.size && !kept.unsent.length && !Object.values(kept.drafts).some(Boolean);
    if (idle) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Full or forbidden: then this page alone remembers.
  }
}

export const onChange = (handler) => changed.add(handler);
const tell = (ref) => changed.forEach((handler) => handler(ref));

export const messagesOf = (talk) => [...talk.messages.values()].sort((one, other) => one.seq - other.seq);

export const unreadIn = (talk) =>
  [...talk.messages.values()].filter((each) => each.seq > talk.seen && each.role !== "shopper" && each.kind !== "system").length;

export const unread = () => [...talks.values()].reduce((sum, talk) => sum + unreadIn(talk), 0);

// A conversation that the server has told of, here or in a page's own answer.
export function adopt(info) {
  const ref = info.conversation;
  let talk = talks.get(ref);
  if (!talk) {
    const list = kept.cache[ref] ?? [];
    const messages = new Map(list.map((frame) => [frame.seq, frame]));
    const first = list[0]?.seq ?? Math.max(1, info.last_seq - MOST_KEPT + 1);
    talk = { ref, messages, first, last: list.at(-1)?.seq ?? first - 1, seen: info.seen ?? 0, storeSeen: 0, typing: "" };
    talks.set(ref, talk);
  }
  talk.info = kept.infos[ref] = { ...talk.info, ...info };
  talk.seen = Math.max(talk.seen, info.seen ?? 0);
  talk.storeSeen = Math.max(talk.storeSeen, info.store_seen ?? 0);
  if (info.state !== "waiting") talk.queue = undefined;
  return talk;
}

function drop(ref) {
  talks.delete(ref);
  delete kept.cache[ref];
  delete kept.infos[ref];
  delete kept.drafts[ref];
  kept.unsent = kept.unsent.filter((each) => each.conversation !== ref);
  if (kept.current === ref) kept.current = "";
}

async function resume(refs) {
  if (!refs.length) return;
  const positions = Object.fromEntries(refs.map((ref) => [ref, talks.get(ref).last]));
  try {
    const answer = await ask({ type: "resume", conversations: positions });
    for (const ref of answer.gone ?? []) drop(ref);
    for (const ref of refs) if (talks.has(ref)) talks.get(ref).followed = true;
    sendAgain();
  } catch {
    // With the next hello.
  }
}

function add(frame) {
  const talk = talks.get(frame.conversation);
  if (!talk || talk.messages.has(frame.seq)) return;
  talk.messages.set(frame.seq, frame);
  kept.unsent = kept.unsent.filter((each) => each.id !== frame.id || frame.role !== "shopper");
  while (talk.messages.has(talk.last + 1)) talk.last += 1;
  if (frame.seq > talk.last && !talk.resuming) {
    // Something between was not heard.
    talk.resuming = setTimeout(() => {
      talk.resuming = undefined;
      resume([talk.ref]);
    }, 500);
  }
  if (frame.role !== "shopper") talk.typing = "";
  const whole = messagesOf(talk).filter((each) => each.seq <= talk.last);
  kept.cache[talk.ref] = whole.slice(-MOST_KEPT);
  keep();
  tell(talk.ref);
}

// Say or show something. It is kept until the server has it, through lost connections and page changes.
export function say(ref, content) {
  const message = { id: newId(), conversation: ref, kind: "text", text: "", at: new Date().toISOString(), ...content };
  kept.unsent.push(message);
  keep();
  deliver(message);
  tell(ref);
}

function deliver(message) {
  const talk = talks.get(message.conversation);
  if (!talk?.followed || message.refused) return;
  message.tried = Date.now();
  const { id, conversation, kind, text, card } = message;
  const frame = kind === "text" ? { id, conversation, text } : { id, conversation, kind, card };
  ask({ type: "message", ...frame }).then(
    ({ seq }) => add({ ...message, seq, role: "shopper", type: "message" }),
    (error) => {
      if (error.code === "lost" || error.code === "busy" || error.code === "too_fast") return;
      message.refused = error.detail ?? error.code;
      keep();
      tell(message.conversation);
    },
  );
}

export function sendAgain(id) {
  for (const message of kept.unsent) {
    if (message.id === id) message.refused = undefined;
    if (!id || message.id === id) deliver(message);
  }
  tell();
}

export function takeBack(id) {
  const message = kept.unsent.find((each) => each.id === id);
  kept.unsent = kept.unsent.filter((each) => each !== message);
  keep();
  tell(message?.conversation);
  return message?.text ?? "";
}

export function markSeen(talk) {
  const last = talk.last;
  if (last <= talk.seen || !talk.followed || !send({ type: "seen", conversation: talk.ref, seq: last })) return;
  talk.seen = last;
  tell(talk.ref);
}

export function sayTyping(ref, on) {
  if (talks.get(ref)?.followed) send({ type: "typing", conversation: ref, on });
}

// What the page before knew, until the server says how it is now.
Object.values(kept.infos).forEach(adopt);

listen("hello", (hello) => {
  const open = new Set(hello.conversations.map((info) => info.conversation));
  for (const ref of new Set([...talks.keys(), ...kept.unsent.map((each) => each.conversation)]))
    if (!open.has(ref)) drop(ref);
  hello.conversations.forEach(adopt);
  for (const frame of hello.queue ?? []) onQueue(frame);
  keep();
  tell();
  resume([...open]);
  // Who answers sees which page it is about.
  if (hello.conversations.some((info) => info.state !== "ended")) send({ type: "page", id: newId(), page: location.pathname.slice(0, 300) });
});
listen("conversation", (frame) => {
  const isNew = !talks.has(frame.conversation);
  adopt(frame);
  keep();
  tell(frame.conversation);
  if (isNew) resume([frame.conversation]);
});
listen("message", add);
listen("queue", onQueue);
listen("seen", (frame) => {
  const talk = talks.get(frame.conversation);
  if (!talk) return;
  if (frame.role === "shopper") talk.seen = Math.max(talk.seen, frame.seq);
  else talk.storeSeen = Math.max(talk.storeSeen, frame.seq);
  tell(talk.ref);
});
listen("typing", (frame) => {
  const talk = talks.get(frame.conversation);
  if (!talk || frame.role === "shopper") return;
  clearTimeout(talk.typed);
  talk.typing = frame.on ? frame.name : "";
  if (frame.on) talk.typed = setTimeout(() => ((talk.typing = ""), tell(talk.ref)), 6000);
  tell(talk.ref);
});
followState((state) => {
  if (state === "open") return;
  for (const talk of talks.values()) talk.followed = false;
  tell();
});

function onQueue(frame) {
  const talk = talks.get(frame.conversation);
  if (talk) talk.queue = frame;
  tell(frame.conversation);
}

// What was not answered although the connection stood (too much at once): again, with the same id.
setInterval(() => kept.unsent.forEach((each) => Date.now() - (each.tried ?? 0) > AGAIN_AFTER && deliver(each)), 3000);
