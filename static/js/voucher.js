// A voucher as it moves: the union's socket says so, htmx draws the page's part again; a page with `data-then` goes there.
import { showState } from "./live.js";
import { followState, listen, open } from "./shopper_socket.js";

const place = () => document.querySelector("[data-live-voucher]");

// What is being typed or confirmed is left alone until it is done.
function ask() {
  if (document.querySelector("dialog[open]:not(.talk)")) return setTimeout(ask, 1000);
  document.body.dispatchEvent(new CustomEvent("voucher-changed"));
}

if (place()) {
  const { liveVoucher, code, then } = place().dataset;
  let seen = false;
  // After a lost connection something may have been missed.
  listen("hello", () => {
    if (seen && !then) ask();
    seen = true;
  });
  listen("voucher.changed", (frame) => {
    if (frame.voucher !== code) return;
    if (!then) ask();
    else if (frame.state === "performed") location.assign(then);
  });
  followState(showState);
  open(liveVoucher);
}
