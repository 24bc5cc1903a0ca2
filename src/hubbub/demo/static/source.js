// The sources beside the examples: each can be copied, and on a small screen they stay shut until they are wanted.

const SMALL = matchMedia("(width < 64rem)");

export function sources(list) {
  for (const source of list) {
    if (SMALL.matches) source.open = false;
    source.querySelector("pre").before(copyButton(source.querySelector("code")));
  }
}

function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed"; // no clipboard on a page without TLS, but for localhost
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}
