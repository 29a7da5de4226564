// A purchase, or a question to a store, as it moves: the page's socket says so, htmx asks for it again. While the line is
// down the page asks by itself.
import { showState } from "./live.js";
import { followState, listen, open, send } from "./shopper_socket.js";

const place = () => document.querySelector("[data-live]");
const kind = place()?.dataset.kind;

// What somebody is writing is not drawn over: then only what was said is asked for.
function isWriting(form) {
  const typed = (field) => field.checked || (["textarea", "file"].includes(field.type) && field.value);
  return form.contains(document.activeElement) || [...form.elements].some(typed);
}

// Once all is over, the page is no longer live.
function ask() {
  if (!place()) return;
  const isWritten = kind === "response" && [...place().querySelectorAll("form")].some(isWriting);
  document.body.dispatchEvent(new CustomEvent(isWritten ? "said-changed" : `${kind}-changed`));
}

if (place()) {
  let polling = 0, isOpen = false;

  const pollWhileDown = () => {
    clearTimeout(polling);
    if (isOpen || !place()) return;
    polling = setTimeout(() => { ask(); pollWhileDown(); }, 1000 * place().dataset.poll);
  };
  listen("hello", () => place() && send({ type: kind, id: kind, token: place().dataset.token }));
  listen(`${kind}.changed`, () => ask());
  // From the `ack` on nothing can be missed any more: what happened before is on the page after one more look.
  listen("ack", (frame) => frame.id === kind && ask());
  followState((state) => {
    if (place()) showState(state);
    isOpen = state === "open";
    pollWhileDown();
  });
  open(place().dataset.live);
}
