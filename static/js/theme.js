// Light, dark or as the device says: kept in a cookie, so that the server already renders the right one and nothing flashes.
const choice = document.querySelector("[data-theme-choice]");

function show(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of choice.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === theme));
}

if (choice) {
  show(document.documentElement.dataset.theme || "");
  choice.hidden = false;
  choice.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    document.cookie = `theme=${button.value};path=/;max-age=${button.value ? 31536000 : 0};samesite=lax`;
    show(button.value);
  });
}
