// One user of the chat. What I say does not come back: it is shown here, as <You>.

import { Connection } from "./shared/connection.js";
import { Log, element, hue } from "./shared/log.js";

const [say, link] = ["#say", "#link"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));

const connection = new Connection("chat", document.querySelector("#state"), {
  received: (text) => {
    const [, who, said] = text.match(/^<(User#\d+)>: ([^]*)$/) ?? [];
    if (who) show("received", who, said);
    else log.add("note", text);
  },
  ended: (code, reason) => log.add("note", `Closed with ${code}${reason && `: ${reason}`}`),
  changed: (state) => {
    link.textContent = state === "closed" ? "Reconnect" : "Close";
    link.disabled = state === "closing";
    for (const element of say.elements) element.disabled = state !== "open";
  },
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  connection.send(say.elements.text.value);
  show("sent", "You", say.elements.text.value);
  say.reset();
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();

function show(kind, who, said) {
  const author = element("span", "author", `<${who}>`);
  author.style.setProperty("--hue", hue(who));
  log.add(kind, author, element("span", "text", said));
}
