// Messages as they stand in the window's log. A line keeps its element while its message is sent, numbered and seen.
import { afterLoss, drawCard } from "../cards.js";
import { clock } from "../clock.js";
import { readerOf } from "../log.js";
import { listen, watch } from "../shopper_socket.js";
import { kept, messagesOf } from "./state.js";

const drawn = new Map();
export let reader;
let words, home, log, again, putBack;

export function prepare(given) {
  ({ words, home, log, again, putBack } = given);
  reader = readerOf(log, given.below);
}

export const fill = (text, places) => text.replace(/%\((\w+)\)s/g, (_, name) => places[name] ?? "");

const element = (tag, className, textContent = "") => Object.assign(document.createElement(tag), { className, textContent });

function notice(frame) {
  let { what, name, program, seconds = 0 } = frame.card ?? {};
  if (what === "joined" && program) what = "program_joined";
  if (what === "handed_over" && name) what = "handed_over_to";
  return words.notices[what] ? fill(words.notices[what], { name, minutes: Math.floor(seconds / 60), seconds: seconds % 60 }) : frame.text;
}

export const nameOfVoice = (name, isProgram) => (isProgram ? fill(words.automatic, { name }) : name);

function make(frame, own, ref) {
  if (frame.kind === "system") return element("p", "talk-notice", notice(frame));
  const box = element("div", own ? "talk-message own" : "talk-message");
  if (own) box.append(element("span", "hidden-visually", `${words.you}: `));
  else box.append(element("p", "small muted", nameOfVoice(frame.name || words.the_store, frame.role === "program")));
  const body = element("div", frame.kind === "text" ? "text" : "card", frame.text);
  if (frame.kind !== "text") body.dataset.kind = frame.kind;
  box.append(body, element("p", "state"));
  box.dataset.ref = ref;
  return box;
}

// Cards are drawn by the server: live price and stock, in the reader's language, with what this reader may do.
// `data-asked`: which part of a card is looked at, also when it is drawn again.
async function fetchCard(box, body = undefined) {
  const place = box.querySelector(".card");
  if (!place || !box.dataset.seq) return;
  const url = `${home}${box.dataset.ref}/cards/${box.dataset.seq}/${body ? "" : (box.dataset.asked ?? "")}`;
  if (!(await drawCard(place, url, { body, headers: { "X-Fragment": "1" }, lost: words.failed, reader }))) return;
  if (body) delete box.dataset.asked;
  watch("talk", [...log.querySelectorAll("[data-card-product]")].map((each) => Number(each.dataset.cardProduct)));
}

export function clear() {
  for (const box of drawn.values()) box.remove();
  drawn.clear();
}

export const draw = (talk) => reader.place(() => lay(talk));

function lay(talk) {
  const ref = talk?.ref;
  const lines = talk ? messagesOf(talk).map((frame) => ({ frame, own: frame.role === "shopper" })) : [];
  const known = new Set(lines.map(({ frame }) => frame.id));
  for (const frame of kept.unsent) if (frame.conversation === ref && !known.has(frame.id)) lines.push({ frame, own: true });
  const lastOwn = lines.findLast(({ frame, own }) => own && frame.seq)?.frame;
  let before = log.querySelector("[data-greeting]");
  const keys = new Set();
  let came;
  for (const { frame, own } of lines) {
    const key = own ? `i${frame.id}` : `s${frame.seq}`;
    keys.add(key);
    let box = drawn.get(key);
    if (!box) {
      box = make(frame, own, ref);
      drawn.set(key, box);
      came = own || came === "own" ? "own" : "new";
    }
    if (frame.seq && !box.dataset.seq) {
      box.dataset.seq = frame.seq;
      fetchCard(box);
    }
    if (before.nextElementSibling !== box) before.after(box);
    before = box;
    const line = box.querySelector(".state");
    if (line) state(box, line, frame, own, talk, frame === lastOwn);
  }
  for (const [key, box] of drawn) {
    if (keys.has(key)) continue;
    box.remove();
    drawn.delete(key);
  }
  return came;
}

function state(box, line, frame, own, talk, isLast) {
  box.classList.toggle("refused", Boolean(frame.refused));
  let text = clock(frame.at);
  if (own && frame.refused) text = `${words.refused}: ${frame.refused}`;
  else if (own && !frame.seq) text = words.sending;
  else if (own && isLast) text += ` · ${talk.storeSeen >= frame.seq ? words.seen : words.sent}`;
  const now = `${text}${frame.refused ? "!" : ""}`;
  if (line.dataset.now === now) return;
  line.dataset.now = now;
  line.replaceChildren(element("span", "", text));
  if (!frame.refused) return;
  for (const [label, act] of [[words.again, again], [words.back, putBack]]) {
    line.append(Object.assign(element("button", "", label), { type: "button", onclick: () => act(frame.id) }));
  }
}

export function listenForCards() {
  afterLoss(() => log, fetchCard);
  // A step in a negotiation: cards of the same thing are drawn again.
  listen("card", (frame) => {
    for (const box of log.querySelectorAll(`[data-ref="${CSS.escape(frame.conversation)}"]`))
      if (box.querySelector(`.card[data-kind="${CSS.escape(frame.kind)}"]`)) fetchCard(box);
  });
  let soon;
  listen("stock", (frame) => {
    const moved = [...log.querySelectorAll("[data-card-stock]")].filter((card) => {
      const shown = card.dataset.cardStock.split(",");
      return frame.variants.some(({ id, available }) => shown.some((now) => now.startsWith(`${id}:`) && now !== `${id}:${available}`));
    });
    if (!moved.length) return;
    clearTimeout(soon);
    soon = setTimeout(() => moved.forEach((card) => card.isConnected && fetchCard(card.closest(".talk-message"))), 300);
  });
  // What is chosen in a card and changes what it comes to is shown at once, before anything is sent.
  log.addEventListener("change", (event) => {
    if (!event.target.matches("[data-asks]")) return;
    const box = event.target.closest(".talk-message");
    box.dataset.asked = `?${new URLSearchParams({ [event.target.name]: event.target.value })}`;
    // Until then the button would say another sum.
    const buttons = [...event.target.form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    fetchCard(box).finally(() => buttons.forEach((button) => (button.disabled = false)));
  });
  log.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-card-form]");
    if (!form) return;
    event.preventDefault();
    const box = form.closest(".talk-message");
    const sent = new FormData(form, event.submitter);
    if (form.method === "post") return fetchCard(box, sent);
    box.dataset.asked = `?${new URLSearchParams(sent)}`;
    fetchCard(box);
  });
}
