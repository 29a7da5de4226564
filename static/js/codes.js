// [data-codes]: an input that opens a list of signal codes while one types; what is taken becomes the checked radio below.
const WAIT = 150;
let count = 0;

for (const field of document.querySelectorAll("[data-codes]")) begin(field);

function begin(field) {
  const { codes, name, language, none, some } = field.dataset;
  const input = field.querySelector("input[type=search]");
  const choice = field.querySelector("[data-choice-list]");
  const state = field.querySelector("[data-codes-state]");
  const list = document.createElement("ul");
  list.id = `codes-${(count += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent.trim() ?? input.placeholder);
  list.hidden = true;
  input.after(list);
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
    input.setAttribute(key, value);
  }
  let found = [], at = -1, timer, asked = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const go = (to) => {
    at = (to + found.length) % found.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };

  const words = (one) => {
    const both = document.createElement("span");
    const title = Object.assign(document.createElement("span"), { className: "title", textContent: one.title });
    const path = Object.assign(document.createElement("span"), { className: "muted small", textContent: one.path.join(" › ") });
    both.append(title, " ", path);
    return both;
  };

  const take = (one) => {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name, value: one.code, checked: true });
    label.append(radio, words(one));
    choice.replaceChildren(label);
    input.value = "";
    input.removeAttribute("aria-invalid");
    state.textContent = [one.title, ...one.path].join(", ");
    close();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const show = (results) => {
    found = results;
    at = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map((one, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(words(one));
      return option;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    state.textContent = found.length ? some.replace("{count}", found.length) : none;
  };

  const ask = async () => {
    const mine = (asked += 1);
    const q = input.value.trim();
    if (!q) return close();
    try {
      const answer = await fetch(`${codes}?${new URLSearchParams({ q, language })}`);
      // The last one counts, whichever answer comes first; without one the radios still work.
      if (answer.ok && mine === asked) show((await answer.json()).results);
    } catch {
      close();
    }
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing || input.value) timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "ArrowDown" && list.hidden && input.value.trim()) ask();
    else if (list.hidden || !found.length) return;
    else if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at < 0 ? -1 : at - 1);
    else if (event.key === "Home" && at >= 0) go(0);
    else if (event.key === "End" && at >= 0) go(-1);
    else if (event.key === "Enter") take(found[Math.max(at, 0)]);
    else return;
    event.preventDefault();
  });
  // A press on an option must not take the focus away from the input.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(found[[...list.children].indexOf(option)]);
  });
  input.addEventListener("blur", close);
}
