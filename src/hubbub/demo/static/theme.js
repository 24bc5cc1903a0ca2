// Light or dark: the system's choice until the reader makes another. Runs before the first paint, so that nothing flashes.

const KEY = "hubbub-theme";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

const kept = recall();
if (kept) root.dataset.theme = kept;

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("#theme");
  const name = () => button.setAttribute("aria-label", `Switch to the ${other()} theme`);
  button.addEventListener("click", () => {
    root.dataset.theme = other();
    keep(root.dataset.theme);
    name();
  });
  system.addEventListener("change", name);
  name();
});

function other() {
  const current = root.dataset.theme ?? (system.matches ? "dark" : "light");
  return current === "dark" ? "light" : "dark";
}

function recall() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden here: then it is asked for anew each time
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // as above
  }
}
