// On every management page: who waits, and the way to the console when a conversation is offered.
import { count, notify, ring } from "./bell.js";
import { ask, followState, listen, me, onMe, place } from "./line.js";

const strip = document.querySelector("[data-console-strip]");
const talks = new Map();
let counts = { waiting: 0 };
let rung = "";

function show() {
  const offered = [...talks.values()].find((info) => info.state === "waiting" && info.offered_to === me.id);
  const unread = [...talks.values()].filter((info) => info.manager === me.id && info.state === "active" && info.unanswered).length;
  const waiting = Math.max(counts.waiting, offered ? 1 : 0);
  strip.hidden = !me.mayTalk || (me.status === "off" && !waiting);
  strip.classList.toggle("ringing", Boolean(offered));
  strip.querySelector("[data-strip-status]").textContent = strip.dataset[`status_${me.status}`] ?? "";
  const line = strip.querySelector("[data-strip-waiting]");
  const text = offered
    ? strip.dataset.offered.replace("{name}", offered.shopper.name || strip.dataset.guest)
    : unread
      ? strip.dataset.unread
      : waiting
        ? strip.dataset.waiting.replace("{count}", waiting)
        : "";
  if (line.textContent !== text) line.textContent = text;
  count(unread + (offered ? 1 : 0));
  if (offered && rung !== offered.conversation + offered.offered_at) {
    rung = offered.conversation + offered.offered_at;
    ring(3);
    notify(text, offered.conversation, () => (location.href = `${place.page}#${offered.conversation}`));
  }
  strip.querySelector("a").href = offered ? `${place.page}#${offered.conversation}` : place.page;
}

// What shoppers write to this manager is heard here too.
function follow(own) {
  if (own.length) ask({ type: "resume", conversations: Object.fromEntries(own.map((info) => [info.conversation, info.last_seq])) }).catch(() => {});
}

if (strip && !document.querySelector("[data-console-page]")) {
  listen("hello", (hello) => {
    talks.clear();
    for (const info of hello.conversations ?? []) talks.set(info.conversation, info);
    counts = hello.counts ?? counts;
    follow([...talks.values()].filter((info) => info.manager === me.id));
    show();
  });
  listen("message", (frame) => {
    const info = talks.get(frame.conversation);
    if (!info || frame.kind === "system") return;
    info.last_seq = Math.max(info.last_seq, frame.seq);
    if (frame.role === "shopper" && !info.unanswered) ring();
    info.unanswered = frame.role === "shopper";
    show();
  });
  listen("conversation", (frame) => {
    const before = talks.get(frame.conversation);
    if (frame.state === "waiting" && before?.state !== "waiting") counts.waiting += 1;
    if (frame.state !== "waiting" && before?.state === "waiting") counts.waiting = Math.max(0, counts.waiting - 1);
    if (frame.state === "ended") talks.delete(frame.conversation);
    else talks.set(frame.conversation, { ...before, ...frame });
    if (frame.manager === me.id && before?.manager !== me.id) follow([frame]);
    show();
  });
  onMe(show);
  followState(show);
}
