// An answer at the counter: a chosen good brings its price; what happens to the wish meanwhile is said, and nothing lost.
import { listen } from "./line.js";

const form = document.querySelector("[data-answer]");
const price = form?.elements.price;
let filled = price?.value ?? "";
let sent = false;

function fill() {
  const fills = form.querySelector("[name=choice]:checked")?.dataset.fills ?? "";
  // A price that somebody typed stays.
  if (price.value !== filled) return;
  price.value = filled = fills;
}

if (form) {
  if (!price.value) fill();
  form.addEventListener("change", (event) => event.target.name === "choice" && fill());
  form.addEventListener("submit", () => (sent = true));
  const tell = (type, name) =>
    listen(type, (frame) => {
      if (frame.request === form.dataset.answer && !sent) document.querySelector(name).hidden = false;
    });
  tell("wish.over", "[data-call-over]");
  tell("wish.answered", "[data-call-answered]");
}
