// Menus are <details>: close on Escape and on a press elsewhere. Facets ([data-open-wide]) stand open on wide screens.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
if (matchMedia("(min-width: 60rem)").matches) for (const fold of document.querySelectorAll("[data-open-wide]")) fold.open = true;
// Tabs that do not fit scroll sideways: the current one is in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const tabs = tab.closest(".tabs");
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}
