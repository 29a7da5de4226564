// <span class="countdown"><time datetime="2026-11-20T18:00:00Z" data-countdown>until 18:00</time></span> counts down each second.
const days = (number) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(number);
const two = (number) => String(number).padStart(2, "0");

function tick() {
  for (const time of document.querySelectorAll("[data-countdown]")) {
    const left = Math.max(0, Math.floor((new Date(time.dateTime) - Date.now()) / 1000));
    const whole = Math.floor(left / 86400);
    time.textContent = `${whole ? `${days(whole)} ` : ""}${two(Math.floor(left / 3600) % 24)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    if (!left) {
      time.removeAttribute("data-countdown");
      time.dispatchEvent(new CustomEvent("over", { bubbles: true }));
    }
  }
}
setInterval(tick, 1000);
// What was fetched anew counts at once, and does not show its hour for a moment.
document.addEventListener("drawn", tick);
tick();
