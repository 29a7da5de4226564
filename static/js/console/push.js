// This device calls its manager with the page closed: a subscription of the browser, told to the server.
import { say, words } from "./words.js";

const page = document.querySelector("[data-console-page]").dataset;
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
export const isPossible = () => Boolean(page.pushKey) && "serviceWorker" in navigator && "PushManager" in window;

function bytes(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

const tell = (method, body) =>
  fetch(page.push, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token() } });

export async function registration() {
  return "serviceWorker" in navigator ? navigator.serviceWorker.register(page.worker, { scope: "/manage/" }) : undefined;
}

// Of this sign-in: what somebody else, or oneself before signing out, has left in the browser calls nobody.
export async function isOn() {
  const worker = isPossible() && (await navigator.serviceWorker.getRegistration("/manage/"));
  const made = worker && (await worker.pushManager.getSubscription());
  return Boolean(made && made.endpoint === page.pushMine);
}

export async function turn(on) {
  const worker = await registration();
  const before = await worker.pushManager.getSubscription();
  if (!on) {
    if (before) {
      await tell("DELETE", { endpoint: before.endpoint });
      await before.unsubscribe();
    }
    page.pushMine = "";
    return say(words.push_off);
  }
  if ((await Notification.requestPermission()) !== "granted") return say(words.push_no);
  try {
    const made = before ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(page.pushKey) }));
    const answer = await tell("POST", made.toJSON());
    if (answer.ok) page.pushMine = made.endpoint;
    say(answer.ok ? words.push_on : words.failed);
  } catch {
    say(words.push_no);
  }
}
