// Messages that arrive while the page stands: import {toast}, or answer htmx with HX-Trigger: {"toast": {"text": "…", "kind": "success"}}.
const place = document.getElementById("toasts");

export function toast(text, kind = "info") {
  const box = document.createElement("div");
  box.className = `alert ${kind}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", place.dataset.close);
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  place.append(box);
  if (kind !== "error") setTimeout(() => box.matches(":hover, :focus-within") || box.remove(), 7000);
}

document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.kind));
document.addEventListener("htmx:sendError", () => toast(place.dataset.offline, "error"));
document.addEventListener("htmx:responseError", () => toast(place.dataset.failed, "error"));
