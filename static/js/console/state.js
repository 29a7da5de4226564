// The console's conversations: how each stands, what was said in those that are open here, what is on its way.
import { newId } from "../shopper_socket.js";
import { ask, followState, listen, me, place, send } from "./line.js";

const KEY = `console:open:${location.pathname}`;
const MOST_BROUGHT = 200;
const AGAIN_AFTER = 6000;
const changed = new Set();
const heard = new Set();
export const talks = new Map();
export const counts = { waiting: 0, active: 0, missed: 0 };
export const known = { replies: [], offerSeconds: 30, departments: [], calls: {}, behind: 0 };
export const kept = { open: [], current: "", drafts: {}, unsent: [], ...read() };

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function keep() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Then this page alone remembers.
  }
}

export const onChange = (handler) => changed.add(handler);
export const onMessage = (handler) => heard.add(handler);
let soon = 0;
// However many frames come in a burst, the page is drawn once.
export function tell() {
  soon ||= setTimeout(() => {
    soon = 0;
    changed.forEach((handler) => handler());
  }, 40);
}

// Where this store was only asked in, its people read and speak.
export const isBeside = (talk) => Boolean(talk.info.beside) && talk.info.beside.slug === place.slug;
export const isMine = (talk) => !isBeside(talk) && talk.info.state === "active" && talk.info.manager === me.id;
export const isOffered = (talk) => !isBeside(talk) && talk.info.state === "waiting" && talk.info.offered_to === me.id && me.status !== "off";
// Of a conversation that is not opened yet only its numbers are known.
export function unreadIn(talk) {
  if (!isMine(talk) && !(isBeside(talk) && talk.joined)) return 0;
  const behind = Math.max(0, talk.shopperLast - talk.seen);
  return behind && talk.whole ? [...talk.messages.values()].filter((each) => each.role === "shopper" && each.seq > talk.seen).length : behind;
}
export const messagesOf = (talk) => [...talk.messages.values()].sort((one, other) => one.seq - other.seq);

export function adopt(info) {
  let talk = talks.get(info.conversation);
  if (!talk) {
    talk = { ref: info.conversation, info: {}, messages: new Map(), notes: [], last: 0, seen: 0, shopperSeen: 0, shopperLast: 0, said: 0, typing: "" };
    talks.set(info.conversation, talk);
  }
  // What was said is heard at once, how it stood at that moment may come behind it.
  if (info.last_seq < talk.said) info = { ...info, last_seq: talk.info.last_seq, last_text: talk.info.last_text };
  else talk.said = info.last_seq ?? talk.said;
  talk.info = { ...talk.info, ...info };
  if (info.seen !== undefined) {
    talk.seen = Math.max(talk.seen, info.seen);
    talk.shopperSeen = Math.max(talk.shopperSeen, info.shopper_seen);
    // Not opened yet: what came after the own mark.
    if (!talk.messages.size) talk.shopperLast = info.unanswered ? info.last_seq : talk.seen;
    talk.joined = info.joined;
  }
  if (talk.info.state === "ended" && !kept.open.includes(talk.ref)) talks.delete(talk.ref);
  return talk;
}

export async function follow(refs, { whole = false } = {}) {
  const wanted = refs.map((ref) => talks.get(ref)).filter(Boolean);
  if (!wanted.length) return;
  const positions = {};
  for (const talk of wanted) {
    const start = whole && !talk.messages.size ? Math.max(0, talk.info.last_seq - MOST_BROUGHT) : talk.last || talk.info.last_seq;
    talk.last = Math.max(talk.messages.size ? talk.last : 0, start);
    positions[talk.ref] = talk.last;
  }
  try {
    const answer = await ask({ type: "resume", conversations: positions });
    for (const ref of answer.gone ?? []) talks.delete(ref);
    for (const talk of wanted) {
      talk.followed = true;
      talk.whole ||= whole;
    }
    kept.unsent.forEach(deliver);
    tell();
  } catch {
    // With the next hello.
  }
}

function add(frame) {
  const talk = talks.get(frame.conversation);
  if (!talk || talk.messages.has(frame.seq)) return;
  talk.messages.set(frame.seq, frame);
  if (frame.kind !== "system" && frame.seq > talk.said) {
    talk.info.last_text = frame.text;
    talk.said = frame.seq;
  }
  talk.info.last_seq = Math.max(talk.info.last_seq, frame.seq);
  if (frame.role === "shopper") {
    talk.shopperLast = Math.max(talk.shopperLast, frame.seq);
    talk.typing = "";
  }
  kept.unsent = kept.unsent.filter((each) => each.id !== frame.id);
  // Up to where nothing is missing: an own message may be acknowledged before another process's message before it comes.
  while (talk.messages.has(talk.last + 1)) talk.last += 1;
  keep();
  tell();
  heard.forEach((handler) => handler(talk, frame));
}

export function say(ref, content) {
  const message = { id: newId(), conversation: ref, kind: "text", text: "", at: new Date().toISOString(), ...content };
  kept.unsent.push(message);
  keep();
  deliver(message);
  tell();
}

function deliver(message) {
  const talk = talks.get(message.conversation);
  if (!talk?.followed || message.refused) return;
  message.tried = Date.now();
  const { id, conversation, kind, text, card } = message;
  const frame = kind === "text" ? { id, conversation, text } : { id, conversation, kind, card };
  ask({ type: "message", ...frame }).then(
    ({ seq }) => add({ ...message, seq, by: 0, role: "manager", name: me.name, own: true, type: "message" }),
    (error) => {
      if (["lost", "busy", "too_fast"].includes(error.code)) return;
      message.refused = error.detail ?? error.code;
      keep();
      tell();
    },
  );
}

export function sendAgain(id) {
  const message = kept.unsent.find((each) => each.id === id);
  if (!message) return;
  message.refused = undefined;
  deliver(message);
  tell();
}

export function markSeen(talk) {
  if (!talk.followed || !talk.joined || talk.shopperLast <= talk.seen) return;
  if (send({ type: "seen", conversation: talk.ref, seq: talk.last })) talk.seen = talk.last;
}

// Take a conversation; what was said before comes with it. Fails with the server's refusal.
export async function accept(ref) {
  const answer = await ask({ type: "accept", conversation: ref });
  const talk = adopt(answer.conversation);
  talk.joined = true;
  // Asked again, now with a voice of our own in it.
  await follow([ref], { whole: true });
  return talk;
}

export async function join(ref) {
  const answer = await ask({ type: "join", conversation: ref });
  adopt(answer.conversation).joined = true;
  await follow([ref], { whole: true });
}

export async function more(part, from) {
  const answer = await ask({ type: "list", part, from });
  answer.conversations.forEach(adopt);
  Object.assign(counts, answer.counts);
  tell();
}

let counting = 0;
function countSoon() {
  counting ||= setTimeout(() => {
    counting = 0;
    ask({ type: "counts" }).then((answer) => (Object.assign(counts, answer.counts), tell()), () => {});
  }, 2000);
}

listen("hello", (hello) => {
  if (!hello.conversations) return;
  const told = new Set(hello.conversations.map((info) => info.conversation));
  for (const [ref, talk] of talks) if (!told.has(ref) && !kept.open.includes(ref)) talks.delete(ref), (talk.followed = false);
  hello.conversations.forEach(adopt);
  Object.assign(counts, hello.counts);
  Object.assign(known, { replies: hello.replies, offerSeconds: hello.offer_seconds, departments: hello.departments, calls: hello.calls ?? {}, behind: Date.now() - Date.parse(hello.now) });
  kept.open = kept.open.filter((ref) => talks.has(ref));
  keep();
  tell();
  follow(kept.open, { whole: true });
  follow([...talks.values()].filter((talk) => (isMine(talk) || (isBeside(talk) && talk.joined)) && !kept.open.includes(talk.ref)).map((talk) => talk.ref));
});
listen("conversation", (frame) => {
  const before = talks.get(frame.conversation);
  const wasMine = before && isMine(before);
  const talk = adopt(frame);
  if (before?.info.state !== frame.state || !before) countSoon();
  if (isMine(talk) && !wasMine) {
    // Taken here or at another console of ours: with a voice of our own from now on.
    talk.joined = true;
    follow([talk.ref], { whole: kept.open.includes(talk.ref) });
  }
  tell();
});
listen("message", add);
listen("note", (frame) => {
  const talk = talks.get(frame.conversation);
  // After everything that was said so far, whether this console has it already or not.
  talk?.notes.push({ ...frame, kind: "note", seq: talk.info.last_seq + 0.5 });
  tell();
  heard.forEach((handler) => handler(talk, frame));
});
listen("seen", (frame) => {
  const talk = talks.get(frame.conversation);
  if (!talk) return;
  if (frame.role === "shopper") talk.shopperSeen = Math.max(talk.shopperSeen, frame.seq);
  tell();
});
listen("typing", (frame) => {
  const talk = talks.get(frame.conversation);
  if (!talk || frame.role !== "shopper") return;
  clearTimeout(talk.typed);
  talk.typing = frame.on ? frame.name || "…" : "";
  if (frame.on) talk.typed = setTimeout(() => ((talk.typing = ""), tell()), 6000);
  tell();
});
followState((state) => {
  if (state !== "open") for (const talk of talks.values()) talk.followed = false;
  tell();
});
setInterval(() => kept.unsent.forEach((each) => Date.now() - (each.tried ?? 0) > AGAIN_AFTER && deliver(each)), 3000);
