// New and moved orders and reservations, without reloading: the page's one connection says so, htmx asks for the rows
// again.
import { followState, listen } from "./console/line.js";

let asked = 0;

function refresh() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    for (const name of ["orders-changed", "reservations-changed"]) document.body.dispatchEvent(new CustomEvent(name));
  }, 150);
}

if (document.querySelector("[data-live-orders]")) {
  let wasOpen = false;
  for (const name of ["order.changed", "reservation.changed", "work.changed", "work.overdue"]) listen(name, refresh);
  followState((state) => {
    const line = document.querySelector("[data-connection]");
    if (line) line.hidden = state !== "waiting";
    // What happened while the line was down is on the page after one more look.
    if (state === "open" && wasOpen) refresh();
    wasOpen ||= state === "open";
  });
}

// Choosing several orders: all of a page at once, and the choice stays when the rows come anew.
const boxes = () => [...document.querySelectorAll("[data-bulk] [name=order]")];

function offerAll() {
  for (const label of document.querySelectorAll("[data-choose-all]")) {
    label.hidden = false;
    label.firstElementChild.onchange = (event) => boxes().forEach((box) => (box.checked = event.target.checked));
  }
}

let chosen = new Set();
document.body.addEventListener("htmx:beforeSwap", () => (chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value))));
document.body.addEventListener("htmx:afterSwap", () => {
  for (const box of boxes()) box.checked ||= chosen.has(box.value);
  offerAll();
});
offerAll();
