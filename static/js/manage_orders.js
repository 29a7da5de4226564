// New orders and moved ones, without reloading: the store's socket says so, htmx asks for the rows again.
import { connect } from "./live.js";

const place = document.querySelector("[data-live-orders]");
let asked = 0;

function refresh() {
  clearTimeout(asked);
  asked = setTimeout(() => document.body.dispatchEvent(new CustomEvent("orders-changed")), 150);
}

if (place) {
  let wasOpen = false;
  connect(place.dataset.liveOrders, {
    onFrame(frame) {
      if (frame.type === "order.changed") refresh();
    },
    onState(state) {
      const line = document.querySelector("[data-connection]");
      if (line) line.hidden = state !== "waiting";
      // What happened while the line was down is on the page after one more look.
      if (state === "open" && wasOpen) refresh();
      wasOpen ||= state === "open";
    },
  });
}
