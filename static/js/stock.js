// Keeps every stock line true. A card's line carries data-stock="product/variant:left,variant:left", a product page's
// line data-stock-line with data-product. The server is asked once for all products that the page shows.
import { showChoice } from "./choice.js";
import { listen, open, watch } from "./shopper_socket.js";

const words = document.getElementById("stock-words").dataset;
const cards = [...document.querySelectorAll("[data-stock]")].map((line) => {
  const [product, list] = line.dataset.stock.split("/");
  return { line, product: Number(product), left: new Map(list.split(",").map((part) => part.split(":").map(Number))) };
});
const own = document.querySelector("[data-stock-line]");
const products = [...new Set([...cards.map((card) => card.product), ...(own ? [Number(own.dataset.product)] : [])])];
const newest = new Map();

function said(left) {
  if (left <= 0) return ["out", words.out];
  if (left > Number(words.lowAt)) return ["in", words.in];
  return ["low", left === 1 ? words.one : words.many.replace("2", left)];
}

function onFrame(frame) {
  for (const { id, available, seq } of frame.variants) {
    if (seq && seq < (newest.get(id) ?? 0)) continue;
    if (seq) newest.set(id, seq);
    for (const card of cards) {
      if (!card.left.has(id)) continue;
      card.left.set(id, available);
      const [state, text] = said([...card.left.values()].reduce((sum, left) => sum + left, 0));
      if (card.line.textContent === text) continue;
      card.line.textContent = text;
      card.line.className = `stock ${state} changed`;
      card.line.closest(".product").classList.toggle("gone", state === "out");
    }
    const input = document.querySelector(`[data-choice] input[name=variant][value="${id}"]`);
    if (!input) continue;
    [input.dataset.state, input.dataset.left] = said(available);
    input.dataset.most = Math.min(99, Math.max(available, 1));
    input.closest("label")?.classList.toggle("unlikely", available <= 0);
    showChoice();
  }
}

if (products.length) {
  listen("stock", onFrame);
  watch("page", products);
  open(words.socket);
}
