// The list of examples: marks the one that is looked at, and on a small screen goes away when one is chosen.

export function navigation(nav) {
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const mark = (id) => {
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(id)?.setAttribute("aria-current", "true");
    links.get(id)?.scrollIntoView({ block: "nearest" });
  };
  const seen = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => mark(entry.target.id)),
    { rootMargin: "-25% 0px -70%" },
  );
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);
  nav.addEventListener("click", ({ target }) => target.closest("a") && nav.matches(":popover-open") && nav.hidePopover());
}
