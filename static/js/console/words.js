// The page's own words in the reader's language, and small helpers around them.
export const words = JSON.parse(document.getElementById("console-words").textContent);

export const fill = (text, places) => text.replace(/%\((\w+)\)s/g, (_, name) => places[name] ?? "");

export function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export { clock } from "../clock.js";

export function say(text) {
  const place = document.querySelector("[data-say]");
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = text));
}
