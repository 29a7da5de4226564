// A purchase as it moves: its socket says so, htmx asks for the orders again. While the line is down the page asks by itself.
import { connect, showState } from "./live.js";

const place = () => document.querySelector("[data-live-purchase]");
const ask = () => document.body.dispatchEvent(new CustomEvent("purchase-changed"));

if (place()) {
  let polling = 0, isOpen = false;

  const pollWhileDown = () => {
    clearTimeout(polling);
    if (isOpen || !place()) return;
    polling = setTimeout(() => { ask(); pollWhileDown(); }, 1000 * place().dataset.poll);
  };
  const line = connect(place().dataset.livePurchase, {
    onFrame(frame) {
      // `hello` comes when nothing can be missed any more: what happened before is on the page after one more look.
      if (frame.type === "hello" || frame.type === "purchase.changed") ask();
    },
    onState(state) {
      showState(state);
      isOpen = state === "open";
      pollWhileDown();
    },
  });
  document.body.addEventListener("htmx:afterSwap", () => place() || line.close());
}
