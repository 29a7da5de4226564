// A purchase as it moves: the page's socket says so, htmx asks for the orders again. While the line is down the page asks
// by itself.
import { showState } from "./live.js";
import { followState, listen, open, send } from "./shopper_socket.js";

const place = () => document.querySelector("[data-live-purchase]");
const ask = () => document.body.dispatchEvent(new CustomEvent("purchase-changed"));

if (place()) {
  let polling = 0, isOpen = false;

  const pollWhileDown = () => {
    clearTimeout(polling);
    if (isOpen || !place()) return;
    polling = setTimeout(() => { ask(); pollWhileDown(); }, 1000 * place().dataset.poll);
  };
  listen("hello", () => place() && send({ type: "purchase", id: "purchase", token: place().dataset.token }));
  listen("purchase.changed", () => place() && ask());
  // From the `ack` on nothing can be missed any more: what happened before is on the page after one more look.
  listen("ack", (frame) => frame.id === "purchase" && ask());
  followState((state) => {
    if (place()) showState(state);
    isOpen = state === "open";
    pollWhileDown();
  });
  open(place().dataset.livePurchase);
}
