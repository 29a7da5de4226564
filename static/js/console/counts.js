// On every management page: how many orders wait, in its menus, as the page's one connection tells it.
import { listen } from "./line.js";

function show(waiting) {
  for (const count of document.querySelectorAll("[data-count=orders]")) count.textContent = waiting || "";
}

listen("hello", (hello) => hello.waiting && show(hello.waiting.paid));
listen("order.changed", (frame) => show(frame.waiting));
