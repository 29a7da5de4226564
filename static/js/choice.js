// The chosen variant: price, stock, how many; the picture.
import { toast } from "./toast.js";

const form = document.querySelector("[data-choice]");

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
  const { quantity } = form.elements, buy = form.querySelector("[data-buy]");
  buy.disabled = state === "out";
  quantity.max = most;
  if (Number(quantity.value) > Number(most)) {
    quantity.value = most;
    // It is read first.
    buy.disabled = true;
    setTimeout(showChoice, 999);
    if (state !== "out") toast((most < 99 ? form.dataset.cut : form.dataset.most).replaceAll("2", most));
  }
}

form?.addEventListener("change", showChoice);

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
