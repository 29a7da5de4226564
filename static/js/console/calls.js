// On every management page: what shoppers are looking for, told with a sound, a count and the way to it.
import { notify, ring } from "./bell.js";
import { listen } from "./line.js";

const strip = document.querySelector("[data-calls-strip]");
const list = document.querySelector("[data-open-calls]");
const open = new Set();
const EVERY = 400;
let busy = false;
let again = false;

function show() {
  for (const count of document.querySelectorAll("[data-count=calls]")) count.textContent = open.size || "";
}

function say(text, url, ref) {
  strip.hidden = false;
  strip.dataset.of = ref;
  strip.querySelector("[data-calls-words]").textContent = text;
  strip.querySelector("a").href = url;
}

function hush(ref) {
  if (strip.dataset.of === ref) strip.hidden = true;
}

// The list is fetched anew, at most every 400 ms; the keyboard stays where it is.
async function draw() {
  if (!list) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(list.dataset.openCalls);
    if (answer.ok) {
      const at = document.activeElement?.closest("[id]")?.id;
      list.innerHTML = await answer.text();
      list.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
      if (at) document.getElementById(at)?.querySelector("a, button")?.focus({ preventScroll: true });
    }
  } catch {
    // The line is away; it is drawn when it is back.
  }
  setTimeout(() => {
    busy = false;
    if (!again) return;
    again = false;
    draw();
  }, EVERY);
}

if (strip) {
  let known = false;
  listen("hello", (hello) => {
    open.clear();
    for (const ref of hello.wishes ?? []) open.add(ref);
    show();
    if (known) draw();
    known = true;
  });
  listen("wish", (wish) => {
    if (open.has(wish.request)) return;
    open.add(wish.request);
    const url = `${strip.dataset.url}${encodeURIComponent(wish.request)}/`;
    const text = strip.dataset.call.replace("{words}", wish.words);
    if (!list) say(text, url, wish.request);
    ring(2);
    notify(text, wish.request, () => (location.href = url));
    show();
    draw();
  });
  for (const type of ["wish.over", "wish.answered"])
    listen(type, (frame) => {
      open.delete(frame.request);
      hush(frame.request);
      show();
      draw();
    });
  listen("used", (frame) => {
    say(strip.dataset.won.replace("{title}", frame.title), `${strip.dataset.url}${encodeURIComponent(frame.request)}/`, "");
    ring(3);
    notify(strip.dataset.won.replace("{title}", frame.title), frame.response, () => (location.href = strip.dataset.url));
  });
  // Whose time is over goes by itself.
  list?.addEventListener("over", () => setTimeout(draw, 1000));
}
