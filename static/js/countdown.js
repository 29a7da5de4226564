// <span class="countdown"><time datetime="2026-11-20T18:00:00Z" data-countdown>until 18:00</time></span> counts down each
// second, and says "over" at its moment, not before. Whoever hears the server's clock tells it here.
const days = (number) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(number);
const two = (number) => String(number).padStart(2, "0");
let ahead = 0, least = Infinity;
const leftOf = (time) => new Date(time.dateTime) - Date.now() + ahead;

// How far this device's clock is ahead: what was heard soonest after it was said is nearest to it.
export function setClock(now) {
  const found = Date.now() - now;
  if (!(found < least)) return;
  least = ahead = found;
  for (const time of document.querySelectorAll('[data-countdown="over"]')) if (leftOf(time) > 0) time.dataset.countdown = "";
  tick();
}

function tick() {
  for (const time of document.querySelectorAll('[data-countdown]:not([data-countdown="over"])')) {
    const exactly = leftOf(time), left = Math.max(0, Math.ceil(exactly / 1000)), whole = Math.floor(left / 86400);
    time.textContent = `${whole ? `${days(whole)} ` : ""}${two(Math.floor(left / 3600) % 24)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    if (!left) {
      time.dataset.countdown = "over";
      time.dispatchEvent(new CustomEvent("over", { bubbles: true }));
    } else if (exactly < 1000) setTimeout(tick, exactly);
  }
}
setInterval(tick, 1000);
// What was fetched anew counts at once, and does not show its hour for a moment.
document.addEventListener("drawn", tick);
tick();
