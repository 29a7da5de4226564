// The provider's pages on a phone: forms that wait for the network, pages that open without it, news as they happen.
import { connect } from "../live.js";
import { toast } from "../toast.js";
import { drop, keep, send, sendAll, waiting } from "./kept.js";

const page = document.querySelector("[data-provider]").dataset;
const box = document.querySelector("[data-kept]");
const words = box.dataset;
const CACHE = "provider-pages";
const EVERY = 15000;
const SAID = "provider-said";

async function showKept() {
  const steps = await waiting(page.person);
  const open = steps.filter((step) => !step.refused);
  box.hidden = !steps.length;
  box.querySelector("[data-kept-count]").textContent =
    open.length === 1 ? words.wordsOne : open.length ? words.wordsMany.replace("{n}", open.length) : "";
  box.querySelector("[data-kept-list]").replaceChildren(
    ...steps.map((step) => {
      const line = document.createElement("li");
      line.textContent = step.refused ? `${step.title} · ${words.wordsRefused}: ${step.refused}` : step.title;
      if (step.refused) {
        const away = document.createElement("button");
        Object.assign(away, { type: "button", className: "button small", textContent: words.wordsDrop });
        away.addEventListener("click", () => drop(step.id).then(showKept));
        line.append(" ", away);
      }
      return line;
    }),
  );
  // What was done without a network leads to the next step on the same page.
  const done = new Set(open.map((step) => step.url));
  for (const form of document.querySelectorAll("form[data-queue]")) {
    if (done.has(form.action) && !form.hidden && !form.closest("[data-after][hidden]")) putAside(form);
  }
  for (const later of document.querySelectorAll("[data-after]")) {
    const before = later.dataset.after.split(" ").map((step) => new URL(`${step}/`, here()).href);
    if (before.some((url) => done.has(url))) later.hidden = false;
  }
  return open.length;
}
const here = () => `${location.origin}${location.pathname}`;

function putAside(form) {
  const note = document.createElement("p");
  note.className = "muted";
  note.textContent = `${form.dataset.title}: ${words.wordsStored}`;
  form.hidden = true;
  form.after(note);
}

const isTyping = () => document.activeElement?.matches("input, textarea, select, canvas");
function goTo(address, said) {
  if (said) sessionStorage.setItem(SAID, said);
  if (new URL(address, location.href).href === location.href) location.reload();
  else location.assign(address);
}

async function work() {
  const told = await sendAll(page.person);
  await showKept();
  if (told.signedOut) toast(words.wordsSignedOut, "warning");
  if (told.sent && !isTyping()) goTo(told.go ?? location.href, words.wordsSent);
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-queue]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const step = { person: page.person, url: form.action, title: form.dataset.title, entries: [...new FormData(form)], at: Date.now() };
  // Behind what waits already: the order of a day is the order of its steps.
  const before = (await waiting(page.person)).filter((one) => !one.refused).length;
  const told = before ? { away: true } : await send(step);
  delete form.dataset.busy;
  if (told.done) return goTo(told.go, told.said);
  if (told.refused) {
    // The page itself says what is wrong beside the fields.
    if (told.code === "invalid") form.submit();
    else toast(told.refused, "error");
    return;
  }
  if (told.signedOut) toast(words.wordsSignedOut, "warning");
  if (form.dataset.queue === "now") return toast(document.getElementById("toasts").dataset.offline, "error");
  try {
    await keep(step);
  } catch {
    return toast(words.wordsFull, "error");
  }
  await showKept();
  if (before) work();
});

// Signing out takes the pages out of the phone.
document.addEventListener("submit", (event) => {
  if (new URL(event.target.action, location.href).pathname.includes("/logout")) caches.delete(CACHE);
});

async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(page.worker, { scope: page.home });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.startsWith(`${location.origin}/static/`));
  const links = [...document.querySelectorAll("a[data-keeps]")].map((link) => link.href);
  // The worker fetches them: whoever walks on at once does not interrupt it.
  active.postMessage({ keep: [...new Set([here(), ...links, ...files])] });
}

async function refresh() {
  const shown = document.querySelector("[data-refreshes]");
  if (!shown || isTyping() || (await waiting(page.person)).length) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refreshes]");
  if (fresh) shown.replaceChildren(...fresh.childNodes);
}

function onFrame(frame) {
  if (frame.type === "hello") return void work().then(refresh);
  if (frame.type !== "voucher.changed" || `${frame.union}/${frame.store}` !== page.place) return;
  if (document.querySelector("[data-refreshes]")) refresh();
  else if (location.pathname.includes(`/vouchers/${frame.voucher}/`)) toast(page.changed);
}

const said = sessionStorage.getItem(SAID);
if (said) {
  sessionStorage.removeItem(SAID);
  toast(said, "success");
}
for (const fields of document.querySelectorAll("[data-parts]")) {
  const more = fields.querySelector("[data-more-parts]");
  more.hidden = false;
  more.addEventListener("click", () => {
    const row = [...fields.querySelectorAll(".part")].at(-1);
    const next = row.cloneNode(true);
    for (const field of next.querySelectorAll("input")) field.value = "";
    row.after(next);
    next.querySelector("input").focus();
  });
}
if (document.querySelector("[data-sign]")) import("./sign.js");
if (document.querySelector("textarea[name=report]")) import("./draft.js");
showKept().then(work);
setInterval(async () => (await waiting(page.person)).some((step) => !step.refused) && work(), EVERY);
addEventListener("online", work);
connect(page.socket, { onFrame });
keepPages();
