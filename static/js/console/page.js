// The console: puts list, conversations and the shopper's context side by side, rings, and listens to keys.
import * as bell from "./bell.js";
import { ask, followState, listen, me, onMe, present } from "./line.js";
import * as list from "./list.js";
import * as panes from "./pane.js";
import * as push from "./push.js";
import { isBeside, isMine, isOffered, keep, kept, known, onChange, onMessage, talks, tell, unreadIn, follow, say as sendMessage } from "./state.js";
import { fill, make, say, words } from "./words.js";

const page = document.querySelector("[data-console-page]");
const desk = page.querySelector("[data-panes]");
const context = document.getElementById("console-context");
const login = page.querySelector("[data-login]");
const within = page.querySelector("[data-logged-in]");
const status = page.querySelector("[data-status]");
const wide = matchMedia("(width >= 60rem)");
const roomy = matchMedia("(width >= 90rem)");
const most = () => (matchMedia("(width >= 110rem)").matches ? 3 : roomy.matches ? 2 : 1);
const rung = new Map();
let shownContext = "";

function open(ref) {
  const talk = talks.get(ref);
  if (!talk) return;
  if (!kept.open.includes(ref)) {
    // Room is made by putting away what was looked at longest ago.
    while (kept.open.length >= most()) close(kept.open.find((each) => each !== kept.current) ?? kept.open[0]);
    kept.open.push(ref);
  }
  kept.current = ref;
  keep();
  if (!talk.whole) follow([ref], { whole: true });
  show();
  const pane = panes.paneOf(ref);
  panes.toEnd(pane);
  (pane.form.hidden ? pane.element : pane.form.elements.text).focus();
}

function close(ref) {
  kept.open = kept.open.filter((each) => each !== ref);
  if (kept.current === ref) kept.current = kept.open.at(-1) ?? "";
  if (talks.get(ref)?.info.state === "ended") talks.delete(ref);
  panes.drop(ref);
  keep();
}

function show() {
  list.draw();
  for (const ref of kept.open) {
    // Before the first hello nothing is known yet.
    if (!talks.has(ref)) continue;
    let pane = panes.paneOf(ref);
    if (!pane) {
      pane = panes.build(ref, acts);
      desk.append(pane.element);
    }
    pane.element.classList.toggle("current", ref === kept.current);
    panes.draw(pane);
  }
  for (const element of [...desk.querySelectorAll(".console-pane")])
    if (!kept.open.some((ref) => panes.paneOf(ref)?.element === element)) element.remove();
  page.querySelector("[data-empty]").hidden = kept.open.length > 0;
  page.classList.toggle("talking", kept.open.length > 0);
  bell.count([...talks.values()].reduce((sum, talk) => sum + unreadIn(talk) + (isOffered(talk) ? 1 : 0), 0));
  showMe();
  showRing();
  showContext();
}

function showMe() {
  const here = me.status !== "off";
  login.hidden = here || !me.mayTalk;
  within.hidden = !here;
  if (here && status.value !== me.status) status.value = me.status;
  const load = [...talks.values()].filter(isMine).length;
  page.querySelector("[data-load]").textContent = fill(words.capacity, { load, capacity: me.capacity });
}

// The bar with who is offered, the seconds left, and the button that Enter presses.
function showRing() {
  const offered = [...talks.values()].filter(isOffered);
  for (const [ref, bar] of rung) {
    const talk = talks.get(ref);
    if (talk && isOffered(talk) && bar.dataset.at === talk.info.offered_at) continue;
    bar.remove();
    rung.delete(ref);
  }
  for (const talk of offered) {
    let bar = rung.get(talk.ref);
    if (!bar) {
      const name = talk.info.shopper.name || words.guest;
      bar = make("div", "console-ring");
      bar.dataset.at = talk.info.offered_at;
      bar.setAttribute("role", "alert");
      const take = make("button", "button go", words.accept);
      take.type = "button";
      take.dataset.accept = talk.ref;
      take.addEventListener("click", () => acceptNow(talk.ref));
      const time = make("progress", "live-bar");
      time.max = known.offerSeconds;
      time.setAttribute("aria-label", fill(words.offer, { name }));
      const left = make("span", "small");
      left.setAttribute("aria-hidden", "true");
      const said = make("div", "");
      said.append(make("strong", "", fill(words.offer, { name })), make("p", "small", talk.info.last_text), time);
      bar.append(said, left, take);
      page.prepend(bar);
      rung.set(talk.ref, bar);
      bell.ring(3);
      bell.notify(fill(words.offer, { name }), talk.ref, () => acceptNow(talk.ref));
    }
  }
  tick();
}

function tick() {
  for (const [ref, bar] of rung) {
    const at = Date.parse(talks.get(ref)?.info.offered_at);
    // Just taken back; the bar goes with the next drawing.
    if (!at) continue;
    const seconds = Math.max(0, Math.round(known.offerSeconds - (Date.now() - known.behind - at) / 1000));
    bar.querySelector("progress").value = seconds;
    bar.querySelector("span").textContent = fill(words.seconds, { seconds });
  }
}
setInterval(tick, 1000);
setInterval(() => rung.size && bell.ring(2), 6000);

async function acceptNow(ref) {
  open(ref);
  await panes.take(ref);
}

function showContext(again = false) {
  const ref = kept.current;
  if (!wide.matches && !context.classList.contains("asked")) context.hidden = true;
  if (!ref) {
    context.hidden = true;
    shownContext = "";
    return;
  }
  const talk = talks.get(ref);
  const now = `${ref} ${talk?.info.state} ${talk?.info.page} ${talk?.notes.length}`;
  if (wide.matches) context.hidden = false;
  if (context.hidden || (shownContext === now && !again)) return;
  shownContext = now;
  window.htmx.ajax("GET", `${page.dataset.home}${ref}/context/`, { target: "#console-context", swap: "innerHTML" });
}

const dialog = (name) => document.getElementById(`console-${name}`);

function closing(box) {
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue === "yes"), { once: true }));
}

// Calls: brought when somebody calls or is called.
let calling;
async function calls() {
  calling ??= import("../call/call.js").then((module) => {
    module.prepare({
      name: (ref) => talks.get(ref)?.info.shopper.name || words.guest,
      host: (ref) => {
        const pane = panes.paneOf(ref)?.element;
        return pane?.isConnected ? { parent: pane, before: pane.querySelector(".talk-log") } : { parent: desk, before: desk.firstChild };
      },
      sound: () => bell.ring(2),
    });
    return module;
  });
  return calling;
}
listen("call", async (frame) => {
  if (frame.act !== "ring") return;
  if (talks.has(frame.conversation)) open(frame.conversation);
  (await calls()).onFrame(frame);
  bell.notify(fill(words.offer, { name: talks.get(frame.conversation)?.info.shopper.name || words.guest }), frame.call);
});

const acts = {
  voice: async (ref) => (await calls()).begin(ref),
  video: async (ref) => (await calls()).begin(ref, { video: true }),
  close(ref) {
    close(ref);
    show();
    page.querySelector(`[data-ref="${CSS.escape(ref)}"]`)?.focus();
  },
  accept: (ref) => panes.take(ref),
  focused(ref) {
    if (kept.current === ref) return;
    kept.current = ref;
    keep();
    tell();
  },
  context() {
    context.classList.toggle("asked");
    context.hidden = !context.classList.contains("asked");
    showContext(true);
  },
  async end(ref) {
    if (!confirm(words.ask_end)) return;
    await tried(ask({ type: "end", conversation: ref }));
  },
  async handover(ref) {
    const box = dialog("handover");
    const choice = box.querySelector("select");
    const team = await ask({ type: "team" });
    const entries = [
      ...team.colleagues.map(({ id, name, status: how, here }) => [`to:${id}`, `${name} · ${here ? words.statuses[how] : words.statuses.off}`]),
      ...known.departments.map((name) => [`department:${name}`, name]),
      ["to:0", words.waiting],
      ...(team.support ? [["support", words.support]] : []),
    ];
    choice.replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
    box.querySelector("textarea").value = "";
    if (!(await closing(box))) return;
    const [kind, value] = choice.value.split(/:(.*)/s);
    const frame = { type: "assign", conversation: ref, to: kind === "to" ? Number(value) : 0, note: box.querySelector("textarea").value };
    if (kind === "department") frame.department = value;
    if (kind === "support") frame.support = true;
    if (await tried(ask(frame))) {
      say(words.handed);
      close(ref);
      show();
    }
  },
  async block(ref) {
    const box = dialog("block");
    if (!(await closing(box))) return;
    if (await tried(panes.post(`${ref}/block/`, new FormData(box.querySelector("form"))))) say(words.blocked);
  },
  card(ref) {
    const box = dialog("picker");
    const found = box.querySelector("[data-found]");
    const words_ = box.querySelector("input");
    words_.value = "";
    const look = () => window.htmx.ajax("GET", `${page.dataset.home}${ref}/picker/?q=${encodeURIComponent(words_.value)}`, { target: found, swap: "innerHTML" });
    let soon = 0;
    words_.oninput = () => (clearTimeout(soon), (soon = setTimeout(look, 250)));
    found.onclick = (event) => {
      const pressed = event.target.closest("[data-card]");
      if (!pressed) return;
      const { card, key } = pressed.dataset;
      sendMessage(ref, { kind: card, text: pressed.textContent, card: { [card === "reservation" ? "service" : card]: card === "product" ? Number(key) : key } });
      box.close();
    };
    look();
    box.showModal();
  },
  compose: async (ref) => (await import("./compose.js")).open(ref),
  sound(_, pressed) {
    bell.turnSound(!bell.soundIsOn());
    pressed.setAttribute("aria-pressed", String(bell.soundIsOn()));
  },
  async notify(_, pressed) {
    await Notification.requestPermission();
    pressed.hidden = Notification.permission !== "default";
  },
  async push(_, pressed) {
    await push.turn(pressed.getAttribute("aria-pressed") !== "true");
    pressed.setAttribute("aria-pressed", String(await push.isOn()));
  },
  help: () => dialog("help").showModal(),
};

async function tried(promise) {
  try {
    await promise;
    return true;
  } catch (error) {
    say(error.detail ?? error.message ?? words.failed);
    const pane = panes.paneOf(kept.current);
    if (pane) panes.fail(pane, error.detail ?? error.message ?? words.failed);
    return false;
  }
}

page.querySelector(".console-me").addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-do]");
  if (pressed) acts[pressed.dataset.do](undefined, pressed);
});
context.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close-context]")) return;
  context.classList.remove("asked");
  context.hidden = true;
});
login.addEventListener("submit", (event) => {
  event.preventDefault();
  present("available", login.elements.place.value.trim()).then(show, () => say(words.failed));
  bell.ring();
});
status.addEventListener("change", () => present(status.value).then(show, () => say(words.failed)));

const keysAreOn = () => localStorage.getItem("console:keys") !== "off";
const keysBox = document.querySelector("[data-keys]");
keysBox.checked = keysAreOn();
keysBox.addEventListener("change", () => localStorage.setItem("console:keys", keysBox.checked ? "on" : "off"));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "Enter" && rung.size && !event.target.closest("button, a, summary")) {
    event.preventDefault();
    return acceptNow(rung.keys().next().value);
  }
  if (!keysAreOn()) return;
  const pane = panes.paneOf(kept.current);
  const act = {
    "?": () => acts.help(),
    j: () => step(1),
    k: () => step(-1),
    r: () => pane?.form.elements.text.focus(),
    n: () => pane && !pane.form.hidden && (pane.form.elements.note.click(), pane.form.elements.text.focus()),
    c: () => pane && !pane.form.hidden && acts.card(kept.current),
    o: () => pane && !pane.form.hidden && !pane.element.querySelector("[data-do=compose]").hidden && acts.compose(kept.current),
    h: () => pane && isMine(talks.get(kept.current)) && acts.handover(kept.current),
    e: () => pane && isMine(talks.get(kept.current)) && acts.end(kept.current),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function step(by) {
  const refs = list.inOrder();
  if (refs.length) open(refs[(refs.indexOf(kept.current) + by + refs.length) % refs.length]);
}

list.prepare(open);
onChange(show);
onMe(show);
// What lies in a guest's cart has changed, or what was bought.
listen("cart.changed", (frame) => frame.conversation === kept.current && showContext(true));
listen("order.changed", () => showContext(true));
listen("hello", () => {
  const wanted = location.hash.slice(1);
  if (wanted && talks.has(wanted)) {
    history.replaceState(null, "", location.pathname);
    open(wanted);
  }
});
onMessage((talk, frame) => {
  if (!talk || frame.role !== "shopper" || !(isMine(talk) || (isBeside(talk) && talk.joined))) return;
  const name = talk.info.shopper.name || words.guest;
  if (document.hidden || kept.current !== talk.ref) {
    bell.ring();
    bell.notify(fill(words.new_message, { name }), talk.ref, () => open(talk.ref));
  }
});
const askedIn = new Set();
listen("conversation", (frame) => {
  const talk = talks.get(frame.conversation);
  if (!talk || !isBeside(talk) || talk.joined || frame.state === "ended" || askedIn.has(talk.ref)) return;
  askedIn.add(talk.ref);
  const text = fill(words.asked, { name: talk.info.shopper.name || words.guest });
  bell.ring(2);
  bell.notify(text, talk.ref, () => open(talk.ref));
  say(text);
});
followState((state) => {
  const line = document.querySelector("[data-connection]");
  if (line) line.hidden = state !== "waiting";
});
document.addEventListener("visibilitychange", tell);
addEventListener("focus", tell);
for (const width of [wide, roomy])
  width.addEventListener("change", () => {
    while (kept.open.length > most()) close(kept.open.find((ref) => ref !== kept.current) ?? kept.open[0]);
    show();
  });
const notifyButton = page.querySelector("[data-do=notify]");
notifyButton.hidden = !("Notification" in window) || Notification.permission !== "default";
page.querySelector("[data-do=sound]").setAttribute("aria-pressed", String(bell.soundIsOn()));
const pushButton = page.querySelector("[data-do=push]");
pushButton.hidden = !push.isPossible();
push.isOn().then((on) => pushButton.setAttribute("aria-pressed", String(on)));
push.registration()?.catch(() => {});
show();
