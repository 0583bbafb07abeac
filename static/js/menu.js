// Menus made of <details name="site-menu"> close on Escape and on a click elsewhere.
function closeAll(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeAll(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Where a menu scrolls sideways, the page that one is on is in sight.
for (const link of document.querySelectorAll(":is(.side-menu, .site-nav, .tabs) [aria-current]")) {
  const menu = link.closest("ul").scrollWidth > link.closest("ul").clientWidth ? link.closest("ul") : link.closest("nav");
  menu.scrollLeft = link.offsetLeft - (menu.clientWidth - link.offsetWidth) / 2;
}
