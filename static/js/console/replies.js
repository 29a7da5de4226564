// Saved replies: "/shortcut" in the field offers those that begin so; Tab or a press puts the words there, with the
// shopper's name, the store, and what was last shown filled in.
import { send } from "./line.js";
import { known, messagesOf, talks } from "./state.js";
import { make, words } from "./words.js";

const page = document.querySelector("[data-console-page]").dataset;

function matching(pane) {
  const typed = /(?:^|\s)\/(\S*)$/.exec(pane.form.elements.text.value)?.[1];
  if (typed === undefined) return [];
  return known.replies.filter((reply) => reply.shortcut.toLowerCase().startsWith(typed.toLowerCase())).slice(0, 6);
}

function filled(text, ref) {
  const talk = talks.get(ref);
  const shown = (kind) => messagesOf(talk).findLast((frame) => frame.kind === kind)?.text ?? "…";
  const values = {
    name: talk.info.shopper.name || words.guest,
    store: talk.info.store?.name ?? page.store,
    product: shown("product"),
    order: shown("order"),
  };
  return text.replace(/\{(name|store|product|order)\}/g, (_, field) => values[field]);
}

function put(pane, reply) {
  const field = pane.form.elements.text;
  field.value = field.value.replace(/\/\S*$/, "") + filled(reply.text, pane.ref);
  send({ type: "reply", id: `reply-${Date.now()}`, shortcut: reply.shortcut });
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

export function insertReply(pane) {
  const found = matching(pane);
  if (!found.length) return false;
  put(pane, found[0]);
  return true;
}

export function offerReplies(pane) {
  const found = matching(pane);
  const list = pane.form.querySelector("[data-replies]");
  list.hidden = !found.length;
  list.replaceChildren(
    ...found.map((reply) => {
      const item = document.createElement("li");
      const button = make("button", "");
      button.type = "button";
      button.append(make("strong", "", `/${reply.shortcut}`), make("span", "small muted", reply.text));
      button.addEventListener("click", () => put(pane, reply));
      item.append(button);
      return item;
    }),
  );
}
