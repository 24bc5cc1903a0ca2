// One person in the chat. The first text is the name; what comes back tells who said it.

import { Connection } from "./connection.js";
import { Say } from "./form.js";
import { Log, element } from "./log.js";

const NAMES = ["Ada", "Grace", "Radia", "Barbara", "Hedy", "Katherine", "Alan", "Linus", "Edsger", "Donald", "Tim", "Ken"];
const HUES = 360;

const first = Math.floor(Math.random() * NAMES.length);

export function chat(pane, path, index) {
  const join = pane.querySelector(".join");
  const leave = pane.querySelector(".leave");
  const badge = pane.querySelector(".state");
  const log = new Log(pane.querySelector(".log"));
  const say = new Say(pane.querySelector(".say"), (text) => {
    connection.send(text);
    say.clear();
  });
  let name = NAMES[(first + index) % NAMES.length];

  const connection = new Connection(path, badge, {
    opened: () => connection.send(name),
    received: (text) => show(log, text, name),
    ended: (code, reason) => log.add("note", `You left: ${code}${reason && `, ${reason}`}`),
    changed: (state) => {
      const isHere = state === "open";
      pane.classList.toggle("is-here", state !== "closed");
      join.hidden = state !== "closed";
      leave.hidden = !isHere;
      say.allow(isHere);
      if (isHere) say.focus();
    },
  });

  join.addEventListener("submit", (event) => {
    event.preventDefault();
    present((name = join.elements.name.value.trim()));
    connection.open();
  });
  leave.addEventListener("click", () => connection.close());

  function present(name) {
    pane.querySelector("h3").textContent = name;
    const avatar = pane.querySelector(".avatar");
    avatar.textContent = [...name][0]?.toUpperCase() ?? "?";
    avatar.style.setProperty("--hue", hue(name));
  }

  join.elements.name.value = name;
  present(name);
}

function show(log, text, name) {
  const [, who, said] = text.match(/^(.+?): ([^]*)$/) ?? [];
  if (!who) {
    log.add("note", text);
    return;
  }
  const author = element("b", "author", who);
  author.style.setProperty("--hue", hue(who));
  log.add(who === name ? "said mine" : "said", author, element("span", "text", said));
}

function hue(name) {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % HUES, 7);
}
