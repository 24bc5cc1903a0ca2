// The messages of a room as a list: each line stays the same element as long as it is shown, whatever happens to it.

import { element, hue } from "./shared/log.js";

const CLOSE = 5 * 60_000; // milliseconds in which one goes on speaking
const NEAR = 60; // pixels

export class Lines {
  #shown = new Map(); // lines, by id
  #room;

  // `opened(line, button)`: its actions are wanted; `signed(line, sign)`; `retried(job)`; `dropped(job)`.
  constructor(list, on) {
    Object.assign(this, { list, on });
    this.beginning = element("li", "note", "");
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  // `lines`: what the room has, and behind it what waits to be said.
  show(room, lines, me) {
    const isOther = room !== this.#room;
    const stay = isOther || this.isAtEnd ? () => this.toEnd() : this.#anchor();
    if (isOther) this.#clear(room);
    this.list.setAttribute("aria-busy", isOther); // a screen reader reads what comes, not what was there
    this.beginning.textContent = lines.length ? "This is where it begins." : "Nothing has been said here yet. Say hello!";
    const elements = room.isWhole ? [this.beginning] : [];
    let before;
    for (const line of lines) {
      elements.push(this.#line(line).update(line, me, follows(line, before)));
      before = line;
    }
    this.#place(elements);
    stay();
    if (isOther) requestAnimationFrame(() => this.list.setAttribute("aria-busy", false));
  }

  #clear(room) {
    this.#room = room;
    this.#shown.clear();
    this.list.replaceChildren();
  }

  #line({ id }) {
    if (!this.#shown.has(id)) this.#shown.set(id, new Line(this.on));
    return this.#shown.get(id);
  }

  #place(elements) {
    const { list } = this;
    const kept = new Set(elements);
    for (const child of [...list.children]) if (!kept.has(child)) child.remove();
    elements.forEach((each, n) => list.children[n] === each || list.insertBefore(each, list.children[n] ?? null));
  }

  // Keeps in its place what is in sight while more comes above it.
  #anchor() {
    const { list } = this;
    const line = [...list.children].find((each) => each.offsetTop + each.offsetHeight > list.scrollTop + list.offsetTop);
    const top = line?.offsetTop;
    return () => line?.isConnected && (list.scrollTop += line.offsetTop - top);
  }
}

const follows = (line, before) => before?.user === line.user && line.at - before.at < CLOSE;

class Line {
  #signs = new Map(); // buttons
  #drawn = "";

  constructor(on) {
    this.on = on;
    this.parts = Object.fromEntries(["avatar", "author", "text", "took", "signs", "fate"].map((name) => [name, element("span", name, "")]));
    this.more = element("button", "more quiet", "⋯");
    this.more.type = "button";
    this.more.setAttribute("aria-haspopup", "dialog");
    this.more.addEventListener("click", () => on.opened(this.line, this.more));
    this.parts.avatar.ariaHidden = "true";
    const bubble = element("div", "bubble", "");
    bubble.append(this.parts.author, this.parts.text, " ", this.parts.took);
    this.element = element("li", "said", "");
    this.element.append(this.parts.avatar, bubble, this.more, this.parts.signs, this.parts.fate);
  }

  update(line, me, follows) {
    this.line = line;
    const drawn = JSON.stringify([line.text, line.name, line.state, line.why, line.isRemoved, line.signs, follows, me]);
    if (drawn !== this.#drawn) this.#draw(line, me, follows);
    this.#drawn = drawn;
    return this.element;
  }

  #draw(line, me, follows) {
    const { avatar, author, text, took } = this.parts;
    const isMine = line.user === me;
    const kinds = { sent: isMine, follows, removed: line.isRemoved, pending: line.state };
    this.element.className = ["said", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" ");
    this.element.style.setProperty("--hue", hue(line.name));
    avatar.textContent = [...line.name][0];
    author.textContent = isMine ? "You" : line.name;
    text.textContent = line.isRemoved ? "removed by a moderator" : line.text;
    took.textContent = `${clock(line.at)}${isMine ? ` ${line.state ? MARKS[line.state] : "✓"}` : ""}`;
    took.title = new Date(line.at).toLocaleString();
    const hadFocus = document.activeElement === this.more;
    this.more.hidden = line.isRemoved || !!line.state;
    if (hadFocus && this.more.hidden) this.element.parentElement.focus();
    this.more.ariaLabel = `Actions for what ${isMine ? "you" : line.name} said: ${line.text.slice(0, 40)}`;
    this.#drawSigns(line, me);
    this.#drawFate(line);
  }

  #drawSigns({ signs, isRemoved }, me) {
    const wanted = new Map(isRemoved ? [] : signs.map((each) => [each.sign, each]));
    for (const [sign, button] of this.#signs) {
      if (wanted.has(sign)) continue;
      if (document.activeElement === button) this.more.focus();
      this.#signs.delete(sign);
      button.remove();
    }
    for (const [sign, { names, users, isWaiting }] of wanted) {
      const button = this.#signs.get(sign) ?? this.#sign(sign);
      button.textContent = `${sign} ${names.length}`;
      button.ariaPressed = users.includes(me);
      button.ariaLabel = `${sign} by ${names.join(", ")}`;
      button.title = names.join(", ");
      button.classList.toggle("pending", isWaiting);
    }
  }

  #sign(sign) {
    const button = element("button", "sign", "");
    button.type = "button";
    button.addEventListener("click", () => this.on.signed(this.line, sign));
    this.#signs.set(sign, button);
    this.parts.signs.append(button);
    return button;
  }

  #drawFate({ state, why, job }) {
    const { fate } = this.parts;
    fate.replaceChildren(...(state === "refused" ? [element("span", "error", `Not said: ${why}.`)] : []));
    fate.append(...(state === "waiting" ? [element("span", "", "waits for the network")] : []));
    if (state !== "refused") return;
    for (const [words, act] of [["Try again", this.on.retried], ["Discard", this.on.dropped]]) {
      const button = element("button", "quiet", words);
      button.type = "button";
      button.addEventListener("click", () => act(job));
      fate.append(button);
    }
  }
}

const MARKS = { waiting: "◷", sending: "…", sent: "✓", refused: "✕" };

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
