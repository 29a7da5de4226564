// The chosen variant: price, stock, how many can be had; and the larger picture.
import { toast } from "./toast.js";

const form = document.querySelector("[data-choice]");

// When a number was last lowered to what can be had.
let lowered = -Infinity;
const READ_IN = 1000;

export function showChoice() {
  const input = form?.querySelector("input[name=variant]:checked, input[name=variant][type=hidden]");
  if (!input) return;
  const { price, state, left, most } = input.dataset;
  document.querySelector(".price [data-price]").textContent = price;
  for (const name of ["was", "lowest"]) {
    const place = document.querySelector(`[data-${name}]:not(input)`);
    place.textContent = input.dataset[name];
    place.hidden = !place.textContent;
  }
  const line = document.querySelector("[data-stock-line]");
  if (line.textContent !== left) {
    line.textContent = left;
    line.classList.remove("changed");
    requestAnimationFrame(() => line.classList.add("changed"));
  }
  line.className = `stock ${state}`;
  const quantity = form.elements.quantity;
  quantity.max = most;
  if (Number(quantity.value) > Number(most)) {
    quantity.value = most;
    lowered = performance.now();
    if (state !== "out") toast((most < 99 ? form.dataset.cut : form.dataset.most).replaceAll("2", most));
  }
  form.querySelector("[data-buy]").disabled = state === "out";
}

form?.addEventListener("change", showChoice);
// The press that leaves the field is not yet a yes to the lower number, which has only just been said.
form?.addEventListener("submit", (event) => {
  if (performance.now() - lowered > READ_IN) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.querySelector("[data-gallery] .thumbs")?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const picture = document.querySelector("[data-gallery] [data-picture]");
  picture.parentElement.querySelector("source")?.remove();
  if (link.dataset.srcset) picture.srcset = link.dataset.srcset;
  else picture.removeAttribute("srcset");
  picture.src = link.href;
  picture.alt = link.querySelector("img").alt;
  for (const other of link.parentElement.children) other.toggleAttribute("aria-current", other === link);
});
