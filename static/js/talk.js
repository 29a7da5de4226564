// The Talk button. What it needs comes with the page where pages are light; a page with htmx, which is heavy already,
// brings it when somebody talks or comes near the button. Without scripts the button is a link to a page.
const button = document.querySelector("[data-talk]");
const ways = document.querySelectorAll("[data-talk], [data-talk-way]");

const start = () => import("./talk/start.js");

function isTalking() {
  try {
    return sessionStorage.getItem(`talk:${button.dataset.socket}`) !== null;
  } catch {
    return false;
  }
}

if (button) {
  for (const way of ways) {
    for (const near of ["pointerenter", "focus"]) way.addEventListener(near, start, { once: true });
    way.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try {
        await (await start()).openWindow(way);
      } catch (error) {
        console.warn(error);
        location.href = way.href;
      }
    });
  }
  if (!document.querySelector("script[src*=htmx]") || button.dataset.conversation || isTalking()) start();
}
