// The row of conversations: [ref, name, unread] each.
export function drawSwitcher(bar, entries, { current, turnTo, unread }) {
  bar.hidden = entries.length < 2;
  const now = JSON.stringify([entries, current]);
  if (bar.dataset.now === now) return;
  bar.dataset.now = now;
  const focused = bar.contains(document.activeElement);
  bar.replaceChildren(
    ...entries.map(([ref, name, count]) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "tag";
      tab.textContent = name;
      if (ref === current) tab.setAttribute("aria-current", "true");
      if (count) {
        const badge = document.createElement("span");
        badge.className = "count";
        badge.textContent = count;
        badge.setAttribute("aria-label", unread[count === 1 ? 0 : 1].replace("%(count)s", count));
        tab.append(badge);
      }
      tab.addEventListener("click", () => turnTo(ref));
      return tab;
    }),
  );
  if (focused) bar.querySelector("[aria-current]")?.focus();
}
