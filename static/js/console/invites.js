// Windows that rules open: who is being invited this moment, by which rule, and what they looked at.
import { ask, listen } from "./line.js";
import { fill, make, say, words } from "./words.js";

const place = document.querySelector("[data-invites]");
const shown = new Map();
const GONE_AFTER = 10 * 60000;

function draw(frame) {
  shown.get(frame.mark)?.remove();
  shown.delete(frame.mark);
  // Accepted, it is a conversation on the list; declined, it is over.
  if (frame.state !== "shown") return;
  const { why } = frame;
  const box = make("li", "stack tight small");
  const page = why.page ? fill(words.invited_at, { page: why.page }) : "";
  const seen = (why.pages ?? []).slice(0, -1).join(" → ");
  box.append(make("strong", "", fill(words.invited, { rule: why.rule ?? "" })), make("span", "", page));
  if (seen) box.append(make("span", "muted", seen));
  if (why.words) box.append(make("span", "muted", `“${why.words}”`));
  shown.set(frame.mark, box);
  place.querySelector("ul").prepend(box);
  setTimeout(() => {
    box.remove();
    shown.delete(frame.mark);
    show();
  }, GONE_AFTER);
}

function show() {
  place.hidden = !shown.size;
}

listen("hello", (hello) => {
  for (const box of shown.values()) box.remove();
  shown.clear();
  for (const frame of [...(hello.invitations ?? [])].reverse()) draw(frame);
  show();
});
listen("invite", (frame) => {
  draw(frame);
  show();
  if (frame.state === "shown") say(fill(words.invited, { rule: frame.why.rule ?? "" }));
});

// More free time, from the panel beside the conversation.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-extend-by]");
  if (!button) return;
  button.disabled = true;
  try {
    await ask({ type: "extend", conversation: button.closest("[data-extend]").dataset.extend, minutes: Number(button.dataset.extendBy) });
    say(words.extended);
  } catch (error) {
    say(error.detail ?? words.failed);
  }
  button.disabled = false;
});
