// An echo that says whether it is encrypted, and how it stands with the server's certificate.

import { Connection } from "./shared/connection.js";
import { Log } from "./shared/log.js";

const isSecret = location.protocol === "https:";
const [say, link] = ["#say", "#link"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));
let isFirst = true;

const connection = new Connection("ws", document.querySelector("#state"), {
  opened: () => (isFirst = true),
  received: (text) => {
    if (isFirst) tell(JSON.parse(text));
    else log.add("received", text);
    isFirst = false;
  },
  ended: (code, reason) => log.add("note", `Closed with ${code}${reason && `: ${reason}`}`),
  changed: (state) => {
    link.textContent = state === "closed" ? "Reconnect" : "Close";
    link.disabled = state === "closing";
    for (const element of say.elements) element.disabled = state !== "open";
  },
});

document.querySelector("#scheme").textContent = (isSecret ? "wss" : "ws") + "://";
document.querySelector(isSecret ? "#secret" : "#open").hidden = false;
say.addEventListener("submit", (event) => {
  event.preventDefault();
  connection.send(say.elements.text.value);
  log.add("sent", say.elements.text.value);
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();

function tell(facts) {
  for (const [name, fact] of Object.entries(facts)) document.getElementById(name).textContent = fact;
}
