// New and moved orders and reservations, without reloading: the store's socket says so, htmx asks for the rows again.
import { connect } from "./live.js";

const place = document.querySelector("[data-live-orders]");
let asked = 0;

function refresh() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    for (const name of ["orders-changed", "reservations-changed"]) document.body.dispatchEvent(new CustomEvent(name));
  }, 150);
}

if (place) {
  let wasOpen = false;
  connect(place.dataset.liveOrders, {
    onFrame(frame) {
      if (["order.changed", "reservation.changed"].includes(frame.type)) refresh();
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
