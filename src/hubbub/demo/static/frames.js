// The examples' own pages in their frames: each follows the theme that is chosen here, and is seen once it does.

const root = document.documentElement;

export function frames(list) {
  const dress = (frame) => {
    const inner = frame.contentDocument?.documentElement;
    if (!inner) return;
    if (root.dataset.theme) inner.dataset.theme = root.dataset.theme;
    frame.classList.toggle("is-ready", inner.ownerDocument.readyState === "complete");
  };
  for (const frame of list) {
    frame.addEventListener("load", () => dress(frame));
    dress(frame);
  }
  new MutationObserver(() => list.forEach(dress)).observe(root, { attributeFilter: ["data-theme"] });
}
