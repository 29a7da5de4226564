// The menu's scrolling part is a region of its own to readers: it takes the menu's name before SimpleBar names it, so
// that no two regions of a page are called the same.
document.addEventListener("DOMContentLoaded", () => {
  const menu = document.getElementById("nav-sidebar-apps");
  if (menu) menu.dataset.simplebarAriaLabel = menu.closest("nav").getAttribute("aria-label");
});
