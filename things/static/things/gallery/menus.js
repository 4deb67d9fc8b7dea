// `<details class="pop">` as a menu: closes on Escape, on a click elsewhere and when another opens.

/** @param {Document} page */
export function menus(page) {
  const open = () => page.querySelectorAll("details.pop[open]");
  page.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
