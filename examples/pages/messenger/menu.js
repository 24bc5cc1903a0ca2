// What can be done to a message or a person: a few buttons that open beside the one that was pressed. Escape closes them.

import { element } from "./shared/log.js";

const EDGE = 8; // pixels

export class Menu {
  constructor(popover) {
    this.popover = popover;
  }

  // `groups`: lists of `[words, act, name]`; the name is for screen readers, where the words are a sign.
  open(button, label, groups) {
    const { popover } = this;
    popover.ariaLabel = label;
    popover.replaceChildren(...groups.filter((group) => group.length).map((group) => this.#group(group)));
    popover.showPopover();
    const [at, own] = [button.getBoundingClientRect(), popover.getBoundingClientRect()];
    const top = at.bottom + own.height + EDGE < innerHeight ? at.bottom : Math.max(EDGE, at.top - own.height);
    popover.style.top = `${top}px`;
    popover.style.left = `${Math.max(EDGE, Math.min(at.right - own.width, innerWidth - own.width - EDGE))}px`;
    popover.querySelector("button").focus();
  }

  #group(group) {
    const made = element("div", group.every(([, , name]) => name) ? "row signs" : "column", "");
    made.append(...group.map((each) => this.#button(...each)));
    return made;
  }

  #button(words, act, name) {
    const button = element("button", "quiet", words);
    button.type = "button";
    if (name) button.ariaLabel = name;
    button.addEventListener("click", () => {
      this.popover.hidePopover();
      act();
    });
    return button;
  }
}
