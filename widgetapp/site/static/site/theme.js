// Light or dark: the visitor's choice on this device, else the system's. Runs before the first paint.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const show = () => {
  root.dataset.theme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
};
show();
dark.addEventListener("change", show);
addEventListener("storage", show);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
  show();
});
