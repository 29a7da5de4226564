// An invitation that a rule shows: words, a picture, yes or not now. What was answered is remembered on the server and,
// for who is not recognised, in this tab.
import { answered, remember } from "../answered.js";
import { sheet } from "../sheet.js";
import { reconnect } from "../shopper_socket.js";

const template = document.getElementById("invitation");
const button = document.querySelector("[data-talk]");
let shown;

async function answer(frame, what) {
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  const response = await fetch(`${button.dataset.home}invitations/${frame.invitation}/${what}/`, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams({ page: location.pathname }),
  });
  if (response.status === 204) return undefined;
  const told = await response.json();
  if (!response.ok) throw told;
  return told;
}

async function talk() {
  const { openWindow } = await import("./start.js");
  await openWindow(button);
}

const isBusy = () => shown?.isConnected || document.querySelector("dialog[open]");

export async function show(frame) {
  if (isBusy()) return;
  if (frame.state === "accepted") return talk();
  // Who said "not now" on another page of this visit is left in peace.
  if (Date.now() - (answered()[frame.rule] ?? 0) < frame.quiet * 1000) return answer(frame, "decline").catch(() => {});
  await sheet(template.dataset.css);
  if (!isBusy()) draw(frame);
}

function draw(frame) {
  shown = template.content.firstElementChild.cloneNode(true);
  const find = (what) => shown.querySelector(what);
  if (frame.store) find("h2").textContent = frame.store.name;
  if (frame.words) find("[data-words]").textContent = frame.words;
  if (frame.picture) Object.assign(find("img"), { src: frame.picture, hidden: false });
  const offer = find(`[data-offer=${frame.offer}]`);
  if (offer) offer.hidden = false;
  if (frame.free_minutes) {
    find("[data-free]").hidden = false;
    find("[data-free] strong").textContent = `${frame.free_minutes}:00`;
  }
  find("[data-yes]").addEventListener("click", async (event) => {
    event.target.disabled = true;
    try {
      const told = await answer(frame, "accept");
      remember(frame.rule);
      shown.remove();
      const { adopt } = await import("./state.js");
      adopt(told);
      // The cookie by which this browser is known may just have been made.
      reconnect();
      await talk();
    } catch (error) {
      event.target.disabled = false;
      const line = find("[role=alert]");
      line.hidden = false;
      line.textContent = error.detail ?? String(error);
    }
  });
  find("[data-no]").addEventListener("click", () => {
    remember(frame.rule);
    shown.remove();
    answer(frame, "decline").catch(() => {});
  });
  shown.addEventListener("keydown", (event) => event.key === "Escape" && find("[data-no]").click());
  // Who opens the window has found us without being asked: two of them would only stand in each other's way.
  document.addEventListener("talk:open", () => shown.remove(), { once: true });
  document.querySelector("main").after(shown);
}
