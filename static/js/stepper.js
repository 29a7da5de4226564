// Minus and plus beside a quantity; in a form[data-submit-on-change] a change is sent by itself.
function arm(root) {
  for (const button of root.querySelectorAll("[data-stepper] [data-step]")) button.hidden = false;
  for (const button of root.querySelectorAll("[data-submit-on-change] [data-hide-with-script]")) button.hidden = true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  const before = input.value;
  if (button.dataset.step > 0) input.stepUp();
  else input.stepDown();
  if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
});

const waiting = new WeakMap();
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-submit-on-change]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => form.requestSubmit(), 400));
});

arm(document);
document.addEventListener("htmx:load", (event) => arm(event.target));
