// A room around an item, live: who presents, how many are here, who holds it until when, and the words to everybody.
import { ask as askShopper, followState, listen, open, watch } from "./shopper_socket.js";

const room = document.querySelector("[data-room]");
const ref = room.dataset.room;
const words = JSON.parse(document.getElementById("room-words").textContent);
const part = (name) => room.querySelector(`[data-${name}]`);
let you = Number(room.dataset.you) || 0;
let last = Number(room.dataset.after) || 0;
let until = Date.parse(part("until").dataset.at) || 0;
let text = "";
let tell;

const fill = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_whole, name) => values[name]);

function money({ amount, currency }) {
  const style = { style: "currency", currency };
  const digits = new Intl.NumberFormat("en", style).resolvedOptions().maximumFractionDigits;
  // As the server writes it: NT$412, but £4.00.
  if ("whole" in part("price").dataset && amount % 10 ** digits === 0) style.maximumFractionDigits = 0;
  return new Intl.NumberFormat(document.documentElement.lang, style).format(amount / 10 ** digits);
}

function show(state) {
  const mine = state.item === "held" && state.holder === you;
  part("here").textContent = fill(state.here === 1 ? words.here_one : words.here, { count: state.here });
  part("presenter").textContent = state.presenter ? fill(words.presents, { name: state.presenter }) : words.nobody;
  const price = part("price");
  if (Number(price.dataset.amount) !== state.price.amount) {
    price.dataset.amount = state.price.amount;
    price.textContent = money(state.price);
  }
  until = state.until ? Date.parse(state.until) : 0;
  text = mine ? words.mine : words[state.item];
  if (state.state === "closed") text = words.closed;
  for (const button of room.querySelectorAll("[data-when]")) {
    const when = mine ? "mine" : state.item;
    button.hidden = state.state === "closed" || button.dataset.when !== when;
  }
  tick();
}

function tick() {
  const time = until ? new Date(until).toLocaleTimeString(document.documentElement.lang) : "";
  const said = fill(text, { time });
  if (text && part("item").textContent !== said) part("item").textContent = said;
  const left = Math.max(0, Math.round((until - Date.now()) / 1000));
  part("until").textContent = until ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "";
}

function hear(word) {
  if (word.seq <= last) return;
  last = word.seq;
  part("none")?.remove();
  const line = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = word.name;
  line.append(name, ` ${word.text}`);
  part("words").append(line);
}

function stateOf(answer) {
  if (answer.you) you = answer.you;
  answer.words.forEach(hear);
  show(answer.room);
}

const comeIn = () => tell({ type: "room", room: ref, after: last }).then(stateOf, () => {});
const lost = (state) => (part("lost").hidden = state === "open" || state === "connecting");

if (room.dataset.side === "console") {
  const { follow } = await import("./console/room.js");
  tell = follow(room.dataset.socket, { ref, lost, comeIn, stateOf, show, hear });
} else {
  tell = askShopper;
  open(room.dataset.socket);
  followState(lost);
  listen("room", (frame) => frame.room === ref && show(frame));
  listen("room.word", (frame) => frame.room === ref && hear(frame));
  // What happens to the piece elsewhere (a cart, a purchase) shows here as well.
  listen("stock", () => you && comeIn());
  listen("hello", comeIn);
  watch("room", [Number(room.dataset.product)]);
  setInterval(comeIn, 30000);
  addEventListener("pagehide", () => you && tell({ type: "room.leave", room: ref }).catch(() => {}));
}
setInterval(tick, 1000);
