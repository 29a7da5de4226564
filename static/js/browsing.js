// Tells the server what is looked at, so that somebody can offer help; nothing waits for it. With consent it is remembered,
// without it lives as long as this page.
import { answered } from "./answered.js";

const button = document.querySelector("[data-talk]");
const AFTER = [10, 20, 30, 60, 120, 300, 600];
const searched = document.querySelector("[data-results]")?.dataset;
let seconds = 0, looked = Date.now(), next = 0;

const ago = (at) => Math.min(604800, Math.max(0, Math.round((Date.now() - at) / 1000)));
const answers = () => Object.fromEntries(Object.entries(answered()).slice(-20).map(([rule, at]) => [rule, ago(at)]));

async function begin() {
  const { ask, listen, open } = await import("./shopper_socket.js");
  const tell = (more) => ask({ type: "event", page: location.pathname.slice(0, 300), ...more }).catch(() => {});
  const page = () => tell({ answered: answers(), ...(searched && { results: Number(searched.results), words: searched.words }) });
  listen("hello", page);
  listen("invite", async (frame) => (await import("./talk/invitation.js")).show(frame));
  open(button.dataset.socket);
  document.addEventListener("htmx:afterSettle", () => tell({}));
  // Only time with the page in front counts.
  setInterval(() => {
    if (!document.hidden) seconds += Math.min(2, (Date.now() - looked) / 1000);
    looked = Date.now();
    if (seconds < AFTER[next]) return;
    next += 1;
    tell({ seconds: Math.floor(seconds) });
  }, 1000);
}

if (button) (window.requestIdleCallback ?? setTimeout)(begin);
