// A wish's page: the answers are fetched anew whenever a shop has answered, at most every third of a second.
import { followState, listen } from "./shopper_socket.js";

const place = document.querySelector("[data-answers]");
const asking = document.getElementById("confirm");
const EVERY = 300;
let busy = false;
let again = false;

// What is open, and where the keyboard is, stays as it is.
function swap(html) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.closest("[id]")?.id ?? ""));
  const at = document.activeElement?.closest("[id]")?.id;
  place.innerHTML = html;
  for (const one of place.querySelectorAll("details")) if (open.has(one.closest("[id]")?.id ?? "")) one.open = true;
  place.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  if (at) document.getElementById(at)?.querySelector("button, a")?.focus({ preventScroll: true });
}

async function draw() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(place.dataset.answers + location.search);
    const html = answer.ok && (await answer.text());
    // A form that is asked about is sent only as long as it is on the page.
    if (html && asking?.open) asking.addEventListener("close", draw, { once: true });
    else if (html) swap(html);
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

listen("match", (frame) => frame.request === place.dataset.ref && draw());
// The first answers come before this page listens, and others while the line is away: hello, and what is there is drawn.
listen("hello", draw);
const lost = document.querySelector("[data-connection]");
if (lost) followState((state) => (lost.hidden = state !== "waiting"));
place.addEventListener("over", () => setTimeout(draw, 11000));
