// An order composed for a shopper: lines of the store's goods or of words, some at a price of its own, and the way of
// delivery. What is typed is kept by the tab until it has been sent; sent again after a lost connection it is there once.
import { newId } from "../shopper_socket.js";
import { ask } from "./line.js";
import { keep, kept } from "./state.js";
import { fill, make, say, words } from "./words.js";

const home = document.querySelector("[data-console-page]").dataset.home;
const box = document.getElementById("console-compose");
const holder = box.querySelector("[data-holder]");
const MOST_PIECES = 999;
const MOST_LINES = 100;
let ref, form, sending = false, soon = 0;

const orders = () => (kept.orders ??= {});
const order = () => (orders()[ref] ??= { lines: [], delivery: "", note: "" });

// Major units as people type them here, in minor units; undefined when it is no amount of this currency.
function amount(text) {
  const digits = Number(form.dataset.digits);
  const typed = text.trim();
  if (!/^(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?$/.test(typed) || !/\d/.test(typed)) return undefined;
  const [whole, part = ""] = typed.replaceAll(",", "").split(".");
  if (part.length > digits || whole.length > 11) return undefined;
  return Number(whole || 0) * 10 ** digits + Number(part.padEnd(digits, "0") || 0);
}

function money(minor) {
  const { currency, digits } = form.dataset;
  const style = { style: "currency", currency, maximumFractionDigits: Number(digits), trailingZeroDisplay: currency === "TWD" ? "stripIfInteger" : "auto" };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(minor / 10 ** digits);
}

const priceOf = (line) => (line.price.trim() ? amount(line.price) : line.usual);
const pieces = (line) => (/^\d+$/.test(line.quantity) && Number(line.quantity) >= 1 && Number(line.quantity) <= MOST_PIECES ? Number(line.quantity) : undefined);

function total() {
  const goods = order().lines.reduce((sum, line) => sum + (pieces(line) ?? 0) * (priceOf(line) ?? 0), 0);
  const { price = 0, freeFrom } = form.elements.delivery.selectedOptions[0]?.dataset ?? {};
  const delivery = freeFrom !== undefined && goods >= Number(freeFrom) ? 0 : Number(price);
  form.querySelector("[data-total]").textContent = money(goods + delivery);
}

function fault(field, text) {
  const place = field.closest(".field");
  let line = place.querySelector(".errorlist");
  if (!text) {
    line?.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    return;
  }
  if (!line) {
    line = make("p", "errorlist");
    line.id = `${field.id}-error`;
    field.before(line);
  }
  line.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", line.id);
}

function general(text) {
  const line = form.querySelector("[data-error]");
  line.hidden = !text;
  line.textContent = text;
}

const rows = () => [...form.querySelector("[data-lines]").children];
const fieldOf = (number, name) => rows()[number]?.querySelector(`[name=${name}]`) ?? rows()[number]?.querySelector("[name=quantity]");

function drawLine(line) {
  const row = holder.querySelector(`[data-line-of=${line.good ? "good" : "words"}]`).content.firstElementChild.cloneNode(true);
  const key = newId();
  for (const field of row.querySelectorAll("input")) {
    field.id = `order-${key}-${field.name}`;
    field.previousElementSibling.htmlFor = field.id;
    field.value = line[field.name] ?? "";
    field.addEventListener("input", () => {
      line[field.name] = field.value;
      fault(field, "");
      changed();
    });
  }
  const title = line.good ? [line.title, line.options].filter(Boolean).join(", ") : words.order_words;
  if (line.good) {
    row.querySelector("[data-title]").textContent = title;
    row.querySelector("[data-about]").textContent = [line.shown, line.left === "" ? "" : fill(words.order_left, { count: line.left })].filter(Boolean).join(" · ");
    row.querySelector("[name=price]").placeholder = line.shown;
  }
  const away = row.querySelector("[data-remove]");
  away.setAttribute("aria-label", fill(words.order_remove, { name: title }));
  away.addEventListener("click", () => {
    order().lines.splice(order().lines.indexOf(line), 1);
    row.remove();
    changed();
    form.querySelector("[data-search]").focus();
  });
  form.querySelector("[data-lines]").append(row);
  return row;
}

function changed() {
  // Another order than the one that may have been sent.
  delete order().id;
  general("");
  keep();
  total();
}

function add(line) {
  fault(form.querySelector("[data-search]"), "");
  const same = line.good && order().lines.find((each) => each.good === line.good);
  if (same) {
    const row = rows()[order().lines.indexOf(same)];
    const field = row.querySelector("[name=quantity]");
    field.value = same.quantity = String((pieces(same) ?? 0) + 1);
    changed();
    return field.focus();
  }
  if (order().lines.length >= MOST_LINES) return;
  order().lines.push(line);
  const row = drawLine(line);
  changed();
  row.querySelector(line.good ? "[name=quantity]" : "[name=words]").focus();
}

async function look() {
  const asked = new URLSearchParams({ q: form.querySelector("[data-search]").value });
  const answer = await fetch(`${home}${ref}/compose/?${asked}`).catch(() => undefined);
  if (answer?.ok) form.querySelector("[data-found]").innerHTML = await answer.text();
}

// What can be seen to be wrong before it is sent.
function isFine() {
  const search = form.querySelector("[data-search]");
  fault(search, order().lines.length ? "" : words.order_empty);
  order().lines.forEach((line, number) => {
    fault(fieldOf(number, "quantity"), pieces(line) ? "" : words.order_quantity);
    const price = priceOf(line);
    fault(fieldOf(number, "price"), price === undefined ? (line.price.trim() ? words.order_amount : words.order_price) : price < 1 ? words.order_price : "");
    if (!line.good) fault(fieldOf(number, "words"), line.words.trim() ? "" : words.order_what);
  });
  return !form.querySelector("[aria-invalid]");
}

function refused(error) {
  const about = error.line ?? order().lines.findIndex((line) => line.good && line.good === error.variant_id);
  const text = error.code === "lost" ? words.order_lost : (error.detail ?? words.failed);
  if (about >= 0) {
    const left = error.available === undefined ? "" : ` ${fill(words.order_left, { count: error.available })}`;
    fault(fieldOf(about, error.code === "beyond_rights" ? "price" : (error.field ?? "quantity")), text + left);
  } else if (error.field && form.elements[error.field]) fault(form.elements[error.field], text);
  else general(text);
}

async function submit(event) {
  event.preventDefault();
  if (sending) return;
  general("");
  if (isFine()) {
    const now = order();
    now.id ??= newId();
    const lines = now.lines.map((line) => ({
      ...(line.good ? { variant: line.good } : { words: line.words.trim() }),
      quantity: pieces(line),
      ...(line.price.trim() ? { price: amount(line.price) } : {}),
    }));
    const frame = { type: "compose", id: now.id, conversation: ref, lines, note: now.note.trim() };
    if (now.delivery) frame.delivery = Number(now.delivery);
    sending = true;
    try {
      keep();
      await ask(frame);
      delete orders()[ref];
      keep();
      box.close();
      return say(words.order_sent);
    } catch (error) {
      refused(error);
    } finally {
      sending = false;
    }
  }
  form.querySelector("[aria-invalid]")?.focus();
}

function arm() {
  const { delivery, note } = form.elements;
  delivery.value = order().delivery;
  note.value = order().note;
  for (const field of [delivery, note])
    field.addEventListener("input", () => {
      order()[field.name] = field.value;
      fault(field, "");
      changed();
    });
  order().lines.forEach(drawLine);
  form.addEventListener("submit", submit);
  form.addEventListener("keydown", (event) => {
    // Enter adds what was found; the order is sent by its button.
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
    event.preventDefault();
    if (event.target.matches("[data-search]")) form.querySelector("[data-good]:enabled")?.click();
  });
  form.querySelector("[data-search]").addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(look, 250);
  });
  form.addEventListener("click", (event) => {
    const good = event.target.closest("[data-good]")?.dataset;
    if (good) add({ good: Number(good.good), title: good.title, options: good.options, shown: good.shown, left: good.left, usual: Number(good.price), quantity: "1", price: "" });
    if (event.target.closest("[data-add-words]")) add({ words: "", quantity: "1", price: "" });
    if (event.target.closest("[data-away]")) box.close();
  });
}

export async function open(talk) {
  ref = talk;
  holder.textContent = "";
  box.showModal();
  const answer = await fetch(`${home}${ref}/compose/`).catch(() => undefined);
  if (!answer?.ok) return holder.replaceChildren(make("p", "errorlist", words.failed));
  holder.innerHTML = await answer.text();
  form = holder.querySelector("form");
  arm();
  total();
  form.querySelector("[data-search]").focus();
  look();
}
