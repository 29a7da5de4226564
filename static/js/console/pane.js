// One conversation on the desk: what was said, the field to answer, and its acts.
import { afterLoss, drawCard } from "../cards.js";
import { readerOf } from "../log.js";
import { listen, me, place, send } from "./line.js";
import { insertReply, offerReplies } from "./replies.js";
import { accept, isBeside, isMine, isOffered, join, keep, kept, known, markSeen, messagesOf, say, sendAgain, talks, tell } from "./state.js";
import { clock, fill, make, say as announce, words } from "./words.js";

const home = document.querySelector("[data-console-page]").dataset.home;
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
const panes = new Map();

export const paneOf = (ref) => panes.get(ref);

export async function post(path, body) {
  const answer = await fetch(`${home}${path}`, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(Object.values(told.errors ?? {})[0]?.[0] ?? told.detail ?? words.failed);
  return told;
}

function noticeText(frame) {
  const card = frame.card ?? {};
  let what = card.what;
  if (what === "joined" && card.program) what = "program_joined";
  if (what === "handed_over" && card.name) what = "handed_over_to";
  return words.notices[what] ? fill(words.notices[what], { name: card.name, minutes: Math.floor((card.seconds ?? 0) / 60), seconds: (card.seconds ?? 0) % 60 }) : frame.text;
}

async function fetchCard(box, body = undefined) {
  const spot = box.querySelector(".card");
  if (!spot || !box.dataset.seq) return;
  const pane = panes.get(box.dataset.ref);
  const url = `${home}${box.dataset.ref}/cards/${box.dataset.seq}/${body ? "" : (box.dataset.asked ?? "")}`;
  if (!(await drawCard(spot, url, { body, lost: words.failed, reader: pane?.reader }))) return;
  if (body) delete box.dataset.asked;
}

export function build(ref, acts) {
  const element = document.getElementById("console-pane").content.firstElementChild.cloneNode(true);
  const pane = {
    ref, element, drawn: new Map(),
    log: element.querySelector(".talk-log"),
    form: element.querySelector("form"),
    heading: element.querySelector("h2"),
  };
  pane.reader = readerOf(pane.log, element.querySelector("[data-below]"));
  pane.heading.id = `pane-${ref}`;
  element.setAttribute("aria-labelledby", pane.heading.id);
  pane.log.setAttribute("aria-labelledby", pane.heading.id);
  const label = element.querySelector(".talk-write label");
  const field = pane.form.elements.text;
  field.id = `text-${ref}`;
  label.htmlFor = field.id;
  field.value = kept.drafts[ref] ?? "";
  arm(pane, acts);
  panes.set(ref, pane);
  return pane;
}

export function drop(ref) {
  panes.get(ref)?.element.remove();
  panes.delete(ref);
}

function arm(pane, acts) {
  const { element, form, ref } = pane;
  let typed = 0;
  element.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do]");
    if (!pressed) return;
    pressed.closest("details.menu")?.removeAttribute("open");
    acts[pressed.dataset.do]?.(ref);
  });
  element.addEventListener("focusin", () => acts.focused(ref));
  pane.log.addEventListener("submit", (event) => {
    const sent = event.target.closest("[data-card-form]");
    if (!sent) return;
    event.preventDefault();
    const box = sent.closest("[data-seq]");
    const data = new FormData(sent, event.submitter);
    if (sent.method === "post") return fetchCard(box, data);
    box.dataset.asked = `?${new URLSearchParams(data)}`;
    fetchCard(box);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (!text) return;
    if (form.elements.note.checked) {
      if (!send({ type: "note", id: `note-${Date.now()}`, conversation: ref, text: text.slice(0, 1000) })) return fail(pane, words.lost);
      form.elements.note.checked = false;
      element.classList.remove("noting");
    } else {
      say(ref, { text });
    }
    fail(pane, "");
    form.elements.text.value = "";
    delete kept.drafts[ref];
    keep();
    toEnd(pane);
  });
  form.addEventListener("input", (event) => {
    if (event.target.name !== "text") return;
    kept.drafts[ref] = event.target.value;
    keep();
    offerReplies(pane);
    if (form.elements.note.checked || Date.now() - typed < 3000) return;
    typed = Date.now();
    if (talks.get(ref)?.followed) send({ type: "typing", conversation: ref, on: true });
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "file") upload(pane, event.target);
    if (event.target.name === "note") element.classList.toggle("noting", event.target.checked);
  });
  form.addEventListener("keydown", (event) => {
    if (event.target.name !== "text" || event.isComposing) return;
    if (event.key === "Tab" && !event.shiftKey && insertReply(pane)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      element.focus();
    }
  });
  pane.log.addEventListener("scroll", () => seenIfLooking(pane));
}

async function upload(pane, input) {
  const file = input.files[0];
  if (!file) return;
  const body = new FormData();
  body.set("file", file);
  body.set("id", crypto.randomUUID?.() ?? String(Date.now()));
  fail(pane, "");
  announce(fill(words.uploading, { name: file.name }));
  try {
    await post(`${pane.ref}/attachments/`, body);
  } catch (error) {
    fail(pane, error.message);
  }
  input.value = "";
}

export function fail(pane, text) {
  const shown = pane.element.querySelector("[data-error]");
  shown.hidden = !text;
  shown.textContent = text;
}

export const toEnd = (pane) => pane.reader.toEnd();

function seenIfLooking(pane) {
  const talk = talks.get(pane.ref);
  if (talk && !document.hidden && document.hasFocus() && pane.reader.isAtEnd() && pane.element.checkVisibility()) {
    const before = talk.seen;
    markSeen(talk);
    if (before !== talk.seen) tell();
  }
}

function line(frame, ref) {
  if (frame.kind === "system") return make("p", "talk-notice", noticeText(frame));
  if (frame.kind === "note") {
    const note = make("div", "talk-message console-note");
    note.append(make("p", "small", `${words.note} · ${frame.name}`), make("div", "text", frame.text));
    return note;
  }
  const own = frame.role !== "shopper";
  const box = make("div", own ? "talk-message own" : "talk-message");
  box.append(make("p", "small muted", own ? (frame.own || frame.name === me.name ? words.you : frame.name) : frame.name || words.guest));
  const body = make("div", frame.kind === "text" ? "text" : "card", frame.text);
  if (frame.kind !== "text") body.dataset.kind = frame.kind;
  box.append(body, make("p", "state"));
  box.dataset.ref = ref;
  return box;
}

export function draw(pane) {
  if (!talks.has(pane.ref)) return;
  pane.reader.place(() => lay(pane));
  seenIfLooking(pane);
}

function lay(pane) {
  const talk = talks.get(pane.ref);
  const { info } = talk;
  const lines = [...messagesOf(talk), ...talk.notes].sort((one, other) => one.seq - other.seq);
  const there = new Set(lines.map((frame) => frame.id));
  for (const frame of kept.unsent) if (frame.conversation === pane.ref && !there.has(frame.id)) lines.push({ ...frame, role: "manager", own: true });
  const lastOwn = lines.findLast((frame) => frame.role && frame.role !== "shopper" && frame.kind !== "system" && frame.seq);
  const keys = new Set();
  let came;
  let before = null;
  for (const frame of lines) {
    const key = frame.kind === "note" ? `n${frame.at}${frame.text}` : frame.own || frame.by === undefined ? `i${frame.id}` : `s${frame.seq}`;
    keys.add(key);
    let box = pane.drawn.get(key);
    if (!box) {
      box = line(frame, pane.ref);
      pane.drawn.set(key, box);
      const own = frame.own || (frame.role === "manager" && frame.name === me.name);
      came = own || came === "own" ? "own" : "new";
    }
    if (frame.seq && frame.kind !== "note" && !box.dataset.seq) {
      box.dataset.seq = frame.seq;
      fetchCard(box);
    }
    if (before ? before.nextElementSibling !== box : pane.log.firstElementChild !== box) before ? before.after(box) : pane.log.prepend(box);
    before = box;
    const state = box.querySelector(".state");
    if (state) showState(state, box, frame, talk, frame === lastOwn);
  }
  for (const [key, box] of pane.drawn) {
    if (keys.has(key)) continue;
    box.remove();
    pane.drawn.delete(key);
  }
  header(pane, talk, info);
  return came;
}

function showState(state, box, frame, talk, isLast) {
  box.classList.toggle("refused", Boolean(frame.refused));
  let text = clock(frame.at);
  if (frame.refused) text = `${words.refused}: ${frame.refused}`;
  else if (!frame.seq) text = words.sending;
  else if (isLast) text += ` · ${talk.shopperSeen >= frame.seq ? words.seen : words.sent}`;
  if (state.dataset.now === text) return;
  state.dataset.now = text;
  state.replaceChildren(make("span", "", text));
  if (!frame.refused) return;
  const again = make("button", "", words.again);
  again.type = "button";
  again.addEventListener("click", () => sendAgain(frame.id));
  state.append(again);
}

function header(pane, talk, info) {
  const { element, form } = pane;
  const name = info.shopper.name || words.guest;
  if (pane.heading.textContent !== name) pane.heading.textContent = name;
  const about = [words.states[info.state], info.department, isBeside(talk) ? fill(words.beside_of, { store: info.store.name }) : info.store && place.slug === "-" ? info.store.name : "", info.page].filter(Boolean).join(" · ");
  const small = element.querySelector("[data-about]");
  if (small.textContent !== about) small.textContent = about;
  element.querySelector("[data-typing]").textContent = talk.typing ? fill(words.typing, { name: talk.typing === "…" ? name : talk.typing }) : "";
  const mine = isMine(talk);
  const asked = isBeside(talk);
  const beside = (asked ? info.state !== "ended" : info.state === "active") && talk.joined;
  form.hidden = !(mine || beside);
  for (const act of element.querySelectorAll("[data-do=block], [data-do=card], [data-do=compose]")) act.hidden = asked;
  form.elements.note.parentElement.hidden = asked;
  const take = element.querySelector("[data-take]");
  take.hidden = !form.hidden || info.state === "ended";
  const button = take.querySelector("button");
  button.textContent = asked || info.state === "active" ? words.join : info.state === "missed" ? words.answer : words.accept;
  button.disabled = me.status === "off";
  const shown = element.querySelector("[data-line]");
  const text = me.status === "off" && !take.hidden ? words.not_here : info.state === "ended" ? words.notices.ended : "";
  shown.hidden = !text;
  if (shown.textContent !== text) shown.textContent = text;
  for (const act of element.querySelectorAll("[data-do=handover], [data-do=end]")) act.hidden = asked || info.state === "ended" || !mine && act.dataset.do === "handover" && info.state !== "waiting";
  element.querySelector("[data-do=compose]").hidden = asked || !info.store;
  const calls = info.state === "active" && mine && window.RTCPeerConnection && navigator.mediaDevices?.getUserMedia ? known.calls : {};
  for (const kind of ["voice", "video"]) element.querySelector(`[data-do=${kind}]`).hidden = !calls[kind];
  element.classList.toggle("offered", isOffered(talk));
}

export async function take(ref) {
  const talk = talks.get(ref);
  if (!talk || me.status === "off") return;
  try {
    if (isBeside(talk) || talk.info.state === "active") await join(ref);
    else await accept(ref);
    const pane = panes.get(ref);
    if (!pane) return tell();
    // The field is hidden until the conversation is drawn as ours, and nothing hidden takes the keyboard.
    draw(pane);
    pane.form.elements.text.focus();
  } catch (error) {
    const text = error.code === "wrong_state" ? words.taken : (error.detail ?? words.failed);
    const pane = panes.get(ref);
    if (pane) fail(pane, text);
    announce(text);
  }
  tell();
}

afterLoss(() => document.querySelector(".console-panes"), fetchCard);
listen("card", (frame) => {
  for (const box of document.querySelectorAll(`.console-panes [data-ref="${CSS.escape(frame.conversation)}"]`))
    if (box.querySelector(`.card[data-kind="${CSS.escape(frame.kind)}"]`)) fetchCard(box);
});
