// The window: one conversation at a time, with a switcher when there are several.
import { sheet } from "../sheet.js";
import { followState, listen, newId, reconnect } from "../shopper_socket.js";
import * as drawing from "./drawing.js";
import * as sound from "./sound.js";
import { button, followPresence, isHere, place, presenceAt, presenceText } from "./start.js";
import { drawSwitcher } from "./switcher.js";
import { adopt, keep, kept, markSeen, messagesOf, onChange, say, sayTyping, sendAgain, takeBack, talks, unreadIn } from "./state.js";

const NEW = `new:${place.store}`;
let dialog, title, words, log, forms, opener, connection = "open", building, freeIsOver = false, news = {};

const part = (selector) => dialog.querySelector(selector);

async function build() {
  // Cards are filled in with the till's sheet, which pages of the street come without.
  const styled = Promise.all([place.css, place.forms].map(sheet));
  const asked = new URLSearchParams({ store: place.store, product: place.product, page: location.pathname });
  const answer = await fetch(`${place.home}window/?${asked}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const holder = Object.assign(document.createElement("div"), { innerHTML: await answer.text() });
  await styled;
  dialog = holder.querySelector("dialog");
  button.after(dialog);
  words = JSON.parse(part("#talk-window-words").textContent);
  title = part("h2");
  log = part(".talk-log");
  forms = Object.fromEntries([...dialog.querySelectorAll("[data-form]")].map((form) => [form.dataset.form, form]));
  drawing.prepare({ words, home: place.home, log, below: part("[data-below]"), again: sendAgain, putBack });
  drawing.listenForCards();
  arm();
  onChange(show);
  followState((state) => {
    connection = state;
    show();
  });
  followPresence(place.store, show);
  let wanted = place.conversation;
  listen("hello", () => {
    if (wanted && talks.has(wanted)) turnTo(wanted);
    else show();
    wanted = "";
  });
  matchMedia("(prefers-reduced-motion: reduce)").matches && dialog.classList.add("still");
}

export async function open(from) {
  if (!dialog) await (building ??= build().catch((error) => ((building = undefined), Promise.reject(error))));
  opener = from ?? opener;
  kept.open = true;
  keep();
  if (!dialog.open) {
    // On a phone it is the whole screen, so what lies under it must not be reached.
    if (innerWidth < 768) dialog.showModal();
    else dialog.show();
  }
  show();
  drawing.reader.toEnd();
  if (from) (field() ?? title).focus();
  else if (document.activeElement && dialog.contains(document.activeElement)) document.activeElement.blur();
}

function minimise() {
  kept.open = false;
  keep();
  dialog.close();
  const ways = [opener, ...document.querySelectorAll("[data-talk], [data-talk-way]")];
  ways.find((way) => way?.checkVisibility())?.focus();
}

const slugOf = ({ info }) => info.store?.slug ?? "";
const isOurs = (talk) => slugOf(talk) === place.store;

// The page's own store by its name in the reader's language; else the union's support.
const nameOf = (talk) => (isOurs(talk) ? title.dataset.place : (talk.info.store?.name ?? title.dataset.union));

const shownForm = () => Object.values(forms).find((form) => !form.hidden);
const field = () => shownForm()?.elements?.text;
const current = () => talks.get(kept.current);

const running = () => [...talks.values()].find((talk) => isOurs(talk) && talk.info.state !== "ended");

// The conversation of this page's store, else the newest; without any the form for a new one.
function choose() {
  if (current() || kept.current === NEW) return;
  kept.current = running()?.ref ?? (place.store ? NEW : ([...talks.keys()].at(-1) ?? NEW));
}

function turnTo(ref) {
  kept.current = ref;
  keep();
  drawing.clear();
  show();
  drawing.reader.toEnd();
  field()?.focus();
}

function show() {
  if (!dialog?.open) return;
  choose();
  const talk = current();
  const state = talk?.info.state;
  title.textContent = talk ? nameOf(talk) : title.dataset.place;
  const ours = !talk || isOurs(talk);
  part("[data-greeting]").hidden = !ours;
  presence(talk);
  switcher();
  line(talk);
  drawing.draw(talk);
  const ways = forms.ways && (talk ? talk.info.free_over : freeIsOver);
  const kind = !talk ? "begin" : state !== "ended" ? (talk.asksEnd ? "end" : "write") : talk.info.answered && !talk.info.rating ? "rate" : ways ? "ways" : "again";
  const also = { address: wantsAddress(talk), ways };
  for (const [name, form] of Object.entries(forms)) form.hidden = name !== kind && !also[name];
  const text = forms[kind].elements?.text;
  const draft = kept.drafts[kept.current] ?? "";
  if (text && text !== document.activeElement && text.value !== draft) text.value = draft;
  const here = place.store && talk && ours;
  forms.write.querySelector("[data-show-product]").hidden = !place.product || !here || isShown(talk);
  for (const way of forms.write.querySelectorAll("[data-do=time], [data-do=show]")) way.hidden = !here;
  for (const item of dialog.querySelectorAll("[data-of-one]")) item.hidden = !talk || (item.dataset.do === "end" && state === "ended");
  offerCalls(talk);
  part("a[data-of-one]").href = talk ? `${place.home}${talk.ref}/` : place.home;
  part("[data-typing]").textContent = talk?.typing ? drawing.fill(words.typing, { name: talk.typing }) : "";
  if (talk && !document.hidden && drawing.reader.isAtEnd()) markSeen(talk);
}

// Calls: brought when somebody calls or is called.
let calling;
async function calls() {
  calling ??= import("../call/call.js").then((module) => {
    const name = (ref) => (talks.has(ref) ? managerOf(talks.get(ref)) : "");
    const host = () => ({ parent: dialog, before: log });
    module.prepare({ host, name, sound: sound.ring });
    return module;
  });
  return calling;
}

export async function ring(frame) {
  const known = await calls();
  if (talks.has(frame.conversation) && kept.current !== frame.conversation && !known.isCalling()) turnTo(frame.conversation);
  known.onFrame(frame);
}

// What both can do: this browser, and whoever answers at the store.
function offerCalls(talk) {
  const there = talk && presenceAt(slugOf(talk));
  const can = talk?.info.state === "active" && Boolean(navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection);
  for (const kind of ["voice", "video"]) part(`[data-do=${kind}]`).hidden = !(can && there?.[kind]);
}

const isShown = (talk) => messagesOf(talk).slice(-8).some((each) => String(each.card?.product) === place.product);

const wantsAddress = (talk) => talk && (talk.forTranscript || (talk.info.state === "missed" && !talk.info.has_email));

function presence(talk) {
  const slug = talk ? slugOf(talk) : place.store;
  followPresence(slug, talk ? undefined : show);
  const shown = part("[data-presence-line]");
  // How long somebody would take is told to who waits for it; with whom one talks stands below.
  shown.textContent = talk?.info.state === "active" ? "" : presenceText(slug);
  shown.classList.toggle("away", !isHere(slug));
}

function line(talk) {
  const shown = part("[data-line]");
  let text = "";
  if (connection === "waiting") text = words.lost;
  else if (connection === "closed") text = words.closed;
  else if (news.ref === kept.current && Date.now() < news.until) text = news.text;
  else if (talk?.info.state === "waiting") text = queueText(talk);
  else if (talk?.info.state === "active") text = drawing.fill(words.active, { name: managerOf(talk) });
  else if (talk && !wantsAddress(talk)) text = words[talk.info.state];
  if (talk?.info.state === "active" && talk.info.free_until) text = `${text} ${freeText(talk.info.free_until)}`;
  shown.hidden = !text;
  if (shown.textContent !== text) shown.textContent = text;
  shown.classList.toggle("lost", connection === "waiting" || connection === "closed");
}

// A shortened session says how long it lasts, every second of it.
function freeText(until) {
  const left = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
  return drawing.fill(words.free, { time: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` });
}
setInterval(() => dialog?.open && current()?.info.free_until && line(current()), 1000);

function queueText({ queue }) {
  if (!queue) return words.waiting_away;
  const places = { place: queue.place, minutes: Math.max(1, Math.round(queue.wait / 60)) };
  return drawing.fill(queue.place === 1 ? words.waiting_next : words.waiting, places);
}

function managerOf(talk) {
  const joined = messagesOf(talk).findLast((each) => each.kind === "system" && each.card?.what === "joined");
  return drawing.nameOfVoice(joined?.card.name || nameOf(talk), joined?.card.program);
}

function switcher() {
  const bar = part(".talk-switch");
  const entries = [...talks.values()].map((talk) => [talk.ref, nameOf(talk), unreadIn(talk)]);
  const name = title.dataset.place;
  if (!running()) entries.push([NEW, `+ ${entries.some(([, known]) => known === name) ? words.new_talk : name}`, 0]);
  drawSwitcher(bar, entries, { current: kept.current, turnTo, unread: words.new_messages });
}

function putBack(id) {
  const text = takeBack(id);
  kept.drafts[kept.current] = [text, kept.drafts[kept.current]].filter(Boolean).join("\n");
  keep();
  field().value = kept.drafts[kept.current];
  field().focus();
}

const fail = (form, text = "") => void Object.assign(form.querySelector("[data-error]"), { hidden: !text, textContent: text });

// A form to the conversation's own addresses; what it answers is how the conversation stands now.
async function post(form, path, body) {
  fail(form);
  const answer = await fetch(`${place.home}${path}`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => {});
  if (!answer) return fail(form, words.failed);
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  fail(form, Object.values(told.errors ?? {})[0]?.[0] ?? told.detail ?? words.failed);
  freeIsOver ||= told.code === "free_time_over";
  show();
}

async function begin(form) {
  const { text, id } = form.elements, said = text.value;
  if (!said.trim()) return text.focus();
  const send = form.querySelector("button.go");
  if (send.disabled) return;
  send.disabled = true;
  const told = await post(form, "", new FormData(form));
  send.disabled = false;
  if (!told) return;
  delete kept.drafts[kept.current];
  // What was typed meanwhile goes on in the conversation.
  if (text.value !== said) kept.drafts[told.conversation] = text.value.replace(said, "");
  text.value = "";
  id.value = newId();
  adopt(told);
  // The cookie by which this browser is known has just been made.
  reconnect();
  turnTo(told.conversation);
}

function write(form) {
  const text = form.elements.text.value.trim();
  if (!text) return;
  form.elements.text.value = "";
  delete kept.drafts[kept.current];
  say(kept.current, { text });
  drawing.reader.toEnd();
  form.elements.text.focus();
}

async function upload(input) {
  const file = input.files[0];
  if (!file) return;
  const form = forms.write;
  Object.assign(part("[data-line]"), { hidden: false, textContent: drawing.fill(words.uploading, { name: file.name }) });
  const body = new FormData(form);
  body.delete("text");
  body.set("id", newId());
  await post(form, `${kept.current}/attachments/`, body);
  input.value = "";
  show();
}

const submits = {
  begin,
  write,
  async end(form) {
    const talk = current();
    const told = await post(form, `${talk.ref}/end/`, new FormData(form));
    if (!told) return;
    talk.asksEnd = false;
    finish(told, words.ended);
  },
  async rate(form) {
    if (!form.elements.stars.value) return form.querySelector("input").focus();
    const told = await post(form, `${kept.current}/rate/`, new FormData(form));
    if (told) finish(told, words.thanks);
  },
  async address(form) {
    const talk = current();
    const told = await post(form, `${talk.ref}/${talk.forTranscript ? "transcript" : "address"}/`, new FormData(form));
    const text = drawing.fill(talk.forTranscript ? words.transcript_sent : words.address_kept, { email: form.elements.email.value });
    talk.forTranscript = false;
    if (told) finish(told, text);
    else show();
  },
};

// What came of a form stays for a moment, also when the conversation is drawn again meanwhile.
function finish(told, text) {
  news = { ref: kept.current, text, until: Date.now() + 8000 };
  adopt(told);
  show();
}

// Asked before it is done, where the field was; what stands in the field stays.
function askEnd(asks) {
  current().asksEnd = asks;
  show();
  (asks ? forms.end.querySelector("[data-do=stay]") : field())?.focus();
}

const acts = {
  minimise,
  product: () => say(kept.current, { kind: "product", text: place.title, card: { product: Number(place.product) } }),
  time: ({ dataset, textContent }) => say(kept.current, { kind: "reservation", text: textContent.trim(), card: { service: dataset.service } }),
  show: ({ dataset, textContent }) => say(kept.current, { kind: dataset.kind, text: textContent.trim(), card: JSON.parse(dataset.card) }),
  again: () => turnTo(NEW),
  end: () => askEnd(true),
  stay: () => askEnd(false),
  async transcript() {
    const talk = current();
    talk.forTranscript = !talk.info.has_email;
    if (talk.forTranscript) {
      show();
      return forms.address.elements.email.focus();
    }
    const told = await post(shownForm() ?? forms.write, `${talk.ref}/transcript/`, new FormData(forms.address));
    if (told) finish(told, drawing.fill(words.transcript_sent, { email: "" }));
  },
  voice: async () => (await calls()).begin(kept.current),
  video: async () => (await calls()).begin(kept.current, { video: true }),
  sound(pressed) {
    sound.turn(!sound.isOn());
    pressed.setAttribute("aria-pressed", String(sound.isOn()));
  },
};

function arm() {
  let typed = 0;
  dialog.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-form]");
    if (!form) return;
    event.preventDefault();
    submits[form.dataset.form](form);
  });
  dialog.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do]");
    if (pressed) {
      pressed.closest("details.menu")?.removeAttribute("open");
      acts[pressed.dataset.do](pressed);
    }
    // A link on a phone leads to a page that lies under the window.
    if (event.target.closest("a[href]:not([target], [download])") && innerWidth < 768) {
      kept.open = false;
      keep();
    }
  });
  dialog.addEventListener("input", (event) => {
    if (event.target.name !== "text") return;
    kept.drafts[kept.current] = event.target.value;
    keep();
    if (!current() || Date.now() - typed < 3000) return;
    typed = Date.now();
    sayTyping(kept.current, true);
  });
  dialog.addEventListener("change", (event) => event.target.name === "file" && upload(event.target));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("keydown", (event) => {
    const own = event.target === document.body || dialog.contains(event.target);
    if (event.key !== "Escape" || event.defaultPrevented || !dialog.open || !own) return;
    if (event.target.closest("details.menu[open]")) return;
    event.preventDefault();
    minimise();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    minimise();
  });
  log.addEventListener("scroll", show);
  document.addEventListener("visibilitychange", show);
  part("[data-do=sound]").setAttribute("aria-pressed", String(sound.isOn()));
  listen("message", (frame) => {
    if (frame.role !== "shopper" && frame.kind !== "system") sound.ring();
  });
}
