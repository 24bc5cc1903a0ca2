// The chat with rooms. The server sends what others say; what is said here is shown at once.

import { Connection } from "./shared/connection.js";
import { Log } from "./shared/log.js";

const [say, link] = ["#say", "#link"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));

const connection = new Connection("ws", document.querySelector("#state"), {
  received: (text) => log.add(text.startsWith("!!!") ? "error" : "received", text),
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
  log.add("sent", say.elements.text.value);
  say.reset();
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();
