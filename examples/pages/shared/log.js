// A list of what was said, read out as it grows, that keeps its end in sight unless the reader has scrolled away.

const KEPT = 200;

export class Log {
  constructor(list) {
    this.list = list;
  }

  // Adds a line of some kinds ("sent", "received", "note", ...), its parts being texts or elements.
  add(kinds, ...parts) {
    const { list } = this;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const line = document.createElement("li");
    line.className = kinds;
    line.append(...parts);
    list.append(line);
    while (list.children.length > KEPT) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
    return line;
  }

  clear() {
    this.list.replaceChildren();
  }
}

export function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export function milliseconds(value) {
  return `${value.toLocaleString("en", { maximumSignificantDigits: value < 100 ? 2 : 3 })} ms`;
}

// A hue of their own for each name, the same on every page.
export function hue(name) {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
}
