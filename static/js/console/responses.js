// On every management page: a customer asks or writes, told with a sound, a count and the way to it; what is on the page
// and has changed since says so, and nothing typed is lost.
import { notify, ring } from "./bell.js";
import { listen } from "./line.js";

const strip = document.querySelector("[data-responses-strip]");
const SAID = ["ask", "write", "reopen"];

function show(waiting) {
  for (const count of document.querySelectorAll("[data-count=responses]")) count.textContent = waiting || "";
}

function stale(number) {
  for (const line of document.querySelectorAll("[data-responses-new], [data-response-changed]")) {
    const only = line.dataset.responseChanged;
    if (only === undefined || only === number) line.hidden = false;
  }
}

if (strip) {
  listen("hello", (hello) => hello.responses !== undefined && show(hello.responses));
  listen("response.changed", (frame) => {
    show(frame.waiting);
    stale(frame.number);
    if (!SAID.includes(frame.step)) return;
    const url = `${strip.dataset.url}${encodeURIComponent(frame.number)}/`;
    const text = strip.dataset[frame.step === "ask" ? frame.kind : "write"];
    strip.hidden = false;
    strip.querySelector("[data-words]").textContent = text;
    strip.querySelector("a").href = url;
    ring(1);
    notify(text, frame.number, () => (location.href = url));
  });
}
