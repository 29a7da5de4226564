// Cards in a conversation are drawn by the server; this puts one in its place. Drawn again because something has
// changed, it keeps what is being typed in it; sent, it shows what came of it, with the refusal beside the field.
import { followState } from "./shopper_socket.js";

const busy = new Set();
const again = new Set();
const shown = new WeakMap();
const latest = new WeakMap();
let turns = 0;
const AGREED = '.card:is([data-kind="order"], [data-kind="proposal"], [data-kind="reservation"], [data-kind="voucher"])';

const isTick = (field) => field.type === "radio" || field.type === "checkbox";

function isChanged(field) {
  if (isTick(field)) return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

function typedIn(place) {
  const all = place.dataset.refused !== undefined;
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  return {
    fields: [...place.querySelectorAll("input:not([type=hidden]), select, textarea")]
      .filter((field) => all || field === at || isChanged(field))
      .map((field) => ({ name: field.name, value: field.value, checked: field.checked, tick: isTick(field), focused: field === at })),
    open: [...place.querySelectorAll("details")].map((each) => each.open),
  };
}

function putBack(place, { fields, open }) {
  [...place.querySelectorAll("details")].forEach((each, number) => (each.open ||= Boolean(open[number])));
  for (const kept of fields) {
    const field = [...place.querySelectorAll("[name]")].find((each) => each.name === kept.name && (!kept.tick || each.value === kept.value));
    if (!field) continue;
    if (kept.tick) field.checked = kept.checked;
    else field.value = kept.value;
    if (kept.focused) field.focus({ preventScroll: true });
  }
}

function say(place, text) {
  let line = place.querySelector("[data-lost]");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "errorlist" });
    line.dataset.lost = "";
    line.setAttribute("role", "alert");
    place.append(line);
  }
  line.textContent = text;
}

async function bring(place, url, body, headers, reader) {
  const turn = ++turns;
  const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers });
  // A refusal is a card too, with the reason in it.
  if (!answer.ok && !(body && answer.headers.get("Content-Type")?.startsWith("text/html"))) throw new Error(`${answer.status}`);
  const drawn = await answer.text();
  // What was asked later is there: this older answer would undo it.
  if (!body && (latest.get(place) ?? 0) > turn) return false;
  const isFirst = !latest.has(place);
  latest.set(place, turn);
  if (!body) {
    // What was refused stands with its reasons until the card changes.
    const now = drawn.replace(/value="\w{64}"/g, "");
    const same = shown.get(place) === now;
    shown.set(place, now);
    if (same && place.dataset.refused !== undefined) return true;
  }
  const kept = body ? undefined : typedIn(place);
  const within = place.contains(document.activeElement);
  const put = () => {
    place.innerHTML = drawn;
    if (kept) putBack(place, kept);
    return isFirst && "first";
  };
  kept && reader ? reader.place(put) : put();
  if (kept) return true;
  place.toggleAttribute("data-refused", !answer.ok);
  if (answer.ok) shown.delete(place);
  if (!within) return true;
  // The keyboard stays here; the eye may be at an answer below.
  place.tabIndex = -1;
  (place.querySelector("[aria-invalid=true]") ?? place).focus({ preventScroll: answer.ok });
  return true;
}

// Whether it was drawn. `body`: what its form sends; `lost`: what to say when it is lost; `reader`: of its log.
export async function drawCard(place, url, { body, headers = {}, lost = "", reader } = {}) {
  if (busy.has(place)) {
    if (!body) again.add(place);
    return false;
  }
  if (body) busy.add(place);
  try {
    return await bring(place, url, body, headers, reader);
  } catch {
    // What was typed stays, and the words of a card never drawn.
    if (body) say(place, lost);
    return false;
  } finally {
    if (body) busy.delete(place);
    if (again.delete(place)) drawCard(place, url, { headers, reader });
  }
}

// What was agreed while the connection was away is on the cards when it is back.
export function afterLoss(log, fetchCard) {
  let wasLost = false;
  followState((state) => {
    if (state === "waiting") wasLost = true;
    if (state !== "open" || !wasLost) return;
    wasLost = false;
    for (const place of log().querySelectorAll(AGREED)) fetchCard(place.closest("[data-ref]"));
  });
}
