// The list: for me, with me, waiting, with colleagues, left a message. Of a thousand only a part is drawn.
import { counts, isBeside, isMine, isOffered, kept, known, more, talks, unreadIn } from "./state.js";
import { fill, make, words } from "./words.js";

const STEP = 50;
const place = document.querySelector("[data-list]");
const shown = { waiting: STEP, others: STEP, missed: STEP, mine: 200, offered: 50, beside: 50 };
const rows = new Map();
const parts = new Map();
let choose;

export function prepare(open) {
  choose = open;
  place.addEventListener("click", (event) => {
    const row = event.target.closest("[data-ref]");
    if (row) choose(row.dataset.ref);
    const further = event.target.closest("[data-more]");
    if (!further) return;
    const part = further.dataset.more;
    const found = members();
    // What is offered to us waits as well, and the server counts it so.
    const have = found[part].length + (part === "waiting" ? found.offered.length : 0);
    shown[part] += STEP;
    if (have < shown[part] && have < total(part)) more(part, have).catch(() => {});
    draw();
  });
}

function members() {
  const found = { offered: [], beside: [], mine: [], waiting: [], others: [], missed: [] };
  for (const talk of talks.values()) {
    const state = talk.info.state;
    if (isBeside(talk)) state !== "ended" && found.beside.push(talk);
    else if (isOffered(talk)) found.offered.push(talk);
    else if (isMine(talk)) found.mine.push(talk);
    else if (state === "waiting") found.waiting.push(talk);
    else if (state === "active") found.others.push(talk);
    else if (state === "missed") found.missed.push(talk);
  }
  const oldest = (one, other) => (one.info.waiting_since < other.info.waiting_since ? -1 : 1);
  found.offered.sort(oldest);
  found.waiting.sort(oldest);
  found.mine.sort((one, other) => unreadIn(other) - unreadIn(one) || (one.ref < other.ref ? -1 : 1));
  return found;
}

const total = (part) => ({ waiting: counts.waiting, missed: counts.missed, others: counts.active - members().mine.length })[part] ?? 0;

export const inOrder = () => Object.entries(members()).flatMap(([part, list]) => list.slice(0, shown[part]).map((talk) => talk.ref));

function ago(since) {
  const seconds = Math.max(0, Math.round((Date.now() - known.behind - Date.parse(since)) / 1000));
  return seconds < 60 ? fill(words.seconds, { seconds }) : fill(words.minutes, { minutes: Math.round(seconds / 60) });
}

function row(talk) {
  let box = rows.get(talk.ref);
  if (!box) {
    box = make("button", "console-row");
    box.type = "button";
    box.dataset.ref = talk.ref;
    box.append(make("span", "console-name"), make("span", "console-when small"), make("span", "console-last small muted"), make("span", "count"));
    rows.set(talk.ref, box);
  }
  const { info } = talk;
  const unread = unreadIn(talk);
  const late = info.state === "waiting" && info.waiting_since ? ago(info.waiting_since) : "";
  const last = talk.typing ? fill(words.typing, { name: talk.typing === "…" ? words.guest : talk.typing }) : info.last_text;
  const now = JSON.stringify([info.shopper.name, late, last, unread, kept.current === talk.ref, info.department, info.support]);
  if (box.dataset.now === now) return box;
  box.dataset.now = now;
  const [name, when, text, badge] = box.children;
  name.textContent = [info.shopper.name || words.guest, info.department, document.querySelector("[data-console-page]").dataset.slug === "-" || isBeside(talk) ? info.store?.name : ""].filter(Boolean).join(" · ");
  when.textContent = late;
  text.textContent = last;
  badge.hidden = !unread;
  badge.textContent = unread;
  badge.setAttribute("aria-label", words.unread[unread === 1 ? 0 : 1].replace("%(count)s", unread));
  if (kept.current === talk.ref) box.setAttribute("aria-current", "true");
  else box.removeAttribute("aria-current");
  return box;
}

export function draw() {
  const used = new Set();
  let any = false;
  for (const [part, list] of Object.entries(members())) {
    let box = parts.get(part);
    if (!box) {
      box = make("section", `console-part ${part}`);
      const items = make("ul", "console-rows");
      const further = make("button", "button quiet small full", words.more);
      further.type = "button";
      further.dataset.more = part;
      box.append(make("h3"), items, further);
      parts.set(part, box);
      place.append(box);
    }
    box.hidden = !list.length;
    if (!list.length) {
      box.querySelector("ul").replaceChildren();
      continue;
    }
    any = true;
    const all = Math.max(list.length, part === "waiting" ? total(part) : total(part)) || list.length;
    const heading = box.querySelector("h3");
    const title = `${words[part]} (${Math.max(list.length, all)})`;
    if (heading.textContent !== title) heading.textContent = title;
    const items = box.querySelector("ul");
    const drawn = list.slice(0, shown[part]);
    drawn.forEach((talk, index) => {
      used.add(talk.ref);
      const inner = row(talk);
      const at = items.children[index];
      if (at?.firstChild === inner) return;
      const item = inner.parentElement ?? document.createElement("li");
      if (!inner.parentElement) item.append(inner);
      items.insertBefore(item, at ?? null);
    });
    while (items.children.length > drawn.length) items.lastChild.remove();
    box.querySelector("[data-more]").hidden = Math.max(list.length, all) <= drawn.length;
  }
  for (const [ref, box] of rows) {
    if (used.has(ref)) continue;
    box.parentElement?.remove();
    rows.delete(ref);
  }
  let none = place.querySelector("[data-none]");
  if (!none) {
    none = make("p", "muted small");
    none.dataset.none = "";
    place.prepend(none);
  }
  none.hidden = any;
  none.textContent = words.none;
}
setInterval(draw, 15000);
