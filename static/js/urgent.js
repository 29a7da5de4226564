// Keeps urgent sales true: each <div data-urgent="ref" data-state> shows the parts of its state ([data-when]). The
// clock begins and ends them, the shopper's socket says what is left and who is next; nothing is loaded again but the
// page of whoever is let in, or whose time is over.
import { setClock } from "./countdown.js";
import { listen, open, watch } from "./shopper_socket.js";

const words = document.getElementById("urgent-words").dataset;
const sales = new Map();
for (const section of document.querySelectorAll("[data-urgent]")) sales.set(section.dataset.urgent, section);
// The window of a conversation names its product too, and may have none.
const named = [...document.querySelectorAll("[data-product]")].map((part) => Number(part.dataset.product));
const products = [...new Set(named.filter(Boolean))];
const one = (count, single, many) => (count === 1 ? single : many.replace("2", count));

function show(section, state) {
  if (section.dataset.state === state) return;
  const focused = section.contains(document.activeElement);
  section.dataset.state = state;
  for (const part of section.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  if (focused && !section.contains(document.activeElement)) {
    section.tabIndex = -1;
    section.focus();
  }
}

function onFrame(frame) {
  const section = sales.get(frame.sale);
  if (!section) return;
  setClock(new Date(frame.now));
  const busy = frame.state === "running" && (frame.left === 0 || frame.waiting > 0);
  show(section, busy ? "busy" : frame.state);
  const left = section.querySelector("[data-urgent-left]");
  const text = one(frame.left, words.one, words.many);
  if (left.textContent !== text) left.textContent = text;
  section.querySelector("progress").value = frame.left;
  const place = document.querySelector(`[data-place="${frame.sale}"]`);
  if (place) move(place, frame);
}

// How many wait before me: exact when the page was drawn, one less for each who left the front of the queue since, and
// never more than wait at all but me. Once the front is behind my number I have been let in.
function move(place, frame) {
  const since = Number(place.dataset.before) - (frame.served - Number(place.dataset.served));
  const before = Math.max(0, Math.min(since, frame.waiting - 1));
  if (frame.front === null || frame.front > Number(place.dataset.number) || frame.state !== "running") {
    delete place.dataset.place;
    // Not all who were let in at the same moment ask at the same moment.
    setTimeout(() => location.reload(), Math.random() * 1000);
    return;
  }
  const text = before ? one(before, words.beforeOne, words.beforeMany) : words.next;
  if (place.textContent !== text) place.textContent = text;
}

document.addEventListener("over", ({ target }) => {
  if (target.hasAttribute("data-again")) return setTimeout(() => location.reload(), 500);
  const section = target.closest("[data-urgent]");
  if (!section) return;
  if (target.hasAttribute("data-begins") && section.dataset.state === "planned") show(section, "running");
  if (target.hasAttribute("data-ends") && ["running", "busy"].includes(section.dataset.state)) show(section, "over");
});

listen("urgent", onFrame);
watch("urgent", products);
open(words.socket);
