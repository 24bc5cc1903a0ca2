// A room: what one says all hear. The script is the same over HTTP/1.1 and HTTP/2: the browser chooses.

import { Connection } from "./shared/connection.js";
import { Log } from "./shared/log.js";

const [say, link, version] = ["#say", "#link", "#version"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));

const connection = new Connection("ws", document.querySelector("#state"), {
  received: (text) => log.add("received", text),
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
  say.reset();
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();
version.textContent = await fetch("version").then((response) => response.json());
