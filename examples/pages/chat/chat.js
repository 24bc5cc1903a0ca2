// One person in the chat. The first text is the name; what comes back tells who said it.

import { Connection } from "./shared/connection.js";
import { Log, element, hue } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const [join, say, leave] = ["#join", "#say", "#leave"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));
let name = "";

const connection = new Connection("websocket", document.querySelector("#state"), {
  opened: () => connection.send(name),
  received: show,
  ended: (code, reason) => log.add("note", `You left: ${code}${reason && `, ${reason}`}`),
  changed: (state) => {
    document.querySelector("h1").textContent = state === "closed" ? "Chat" : name;
    join.hidden = state !== "closed";
    leave.hidden = state !== "open";
    for (const element of say.elements) element.disabled = state !== "open";
    if (state === "open") say.elements.text.focus({ preventScroll: true });
  },
});

join.addEventListener("submit", (event) => {
  event.preventDefault();
  name = join.elements.name.value.trim();
  connection.open();
});
say.addEventListener("submit", (event) => {
  event.preventDefault();
  connection.send(say.elements.text.value);
  say.reset();
});
leave.addEventListener("click", () => connection.close());
join.elements.name.value = suggestName();

function show(text) {
  const [, who, said] = text.match(/^(.+?): ([^]*)$/) ?? [];
  if (!who) {
    log.add("note", text);
    return;
  }
  const author = element("span", who === name ? "unseen" : "author", who);
  author.style.setProperty("--hue", hue(who));
  log.add(who === name ? "said sent" : "said", author, element("span", "text", said));
}
