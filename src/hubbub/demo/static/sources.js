// The sources beside the examples: a tab for each file, fetched when it is wanted. On a small screen they stay shut until then.

const SMALL = matchMedia("(width < 64rem)");
const NEAR = "600px";
const KEYS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export function sources(list) {
  const near = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => (near.unobserve(target), begin(target))),
    { rootMargin: NEAR },
  );
  for (const source of list) {
    if (SMALL.matches) source.open = false;
    source.querySelector(".copy").addEventListener("click", copy);
    tabs(source);
    near.observe(source.querySelector(".text")); // is not near while it is shut
  }
}

function begin(panel) {
  panel.closest(".source").querySelector('[role="tab"]').click();
}

function tabs(source) {
  const all = [...source.querySelectorAll('[role="tab"]')];
  const panel = source.querySelector('[role="tabpanel"]');
  for (const [n, tab] of all.entries()) {
    tab.tabIndex = n ? -1 : 0;
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose(all, tab, panel);
    });
    tab.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      const next = all[Math.min(Math.max(n + KEYS[event.key], 0), all.length - 1)];
      next.focus();
      next.click();
    });
  }
}

async function choose(all, tab, panel) {
  for (const other of all) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
  }
  panel.setAttribute("aria-labelledby", tab.id);
  panel.setAttribute("aria-busy", "true");
  const text = await fetched(tab.href);
  if (panel.getAttribute("aria-labelledby") !== tab.id) return; // another was chosen meanwhile
  panel.innerHTML = text;
  panel.scrollTop = 0;
  panel.removeAttribute("aria-busy");
}

// The server marks the tokens and escapes everything else.
async function fetched(url) {
  try {
    const response = await fetch(url);
    if (response.ok) return await response.text();
  } catch {
    // the server is away: said below
  }
  return '<p class="missing">The source is not to be had: is the server there?</p>';
}

async function copy({ currentTarget: button }) {
  try {
    await navigator.clipboard.writeText(button.closest(".source").querySelector("code").textContent);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed"; // no clipboard on a page without TLS, but for localhost
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}
