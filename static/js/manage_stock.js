// Live stock for staff: the same frames that shoppers get; htmx then asks for the figures again, with what is reserved.
import { connect } from "./live.js";

let asked = 0;
let watched = "";

function products() {
  return document.querySelector("[data-live-stock]")?.dataset.products ?? "";
}

function refresh() {
  clearTimeout(asked);
  asked = setTimeout(() => document.body.dispatchEvent(new CustomEvent("stock-changed")), 200);
}

const place = document.querySelector("[data-live-stock]");
if (place) {
  const socket = connect(place.dataset.liveStock, {
    onFrame(frame) {
      if (frame.type === "hello") watch();
      if (frame.type === "stock" && frame.id === undefined) refresh();
    },
  });
  function watch() {
    watched = products();
    socket.send({ type: "watch", id: `stock-${Date.now()}`, products: watched.split(",").filter(Boolean).map(Number) });
  }
  // Another filter or page shows other goods.
  document.addEventListener("htmx:afterSettle", () => products() !== watched && watch());
}
