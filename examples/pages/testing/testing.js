// One socket, to the route that is chosen; both answer alike.

import { Connection } from "./shared/connection.js";
import { Log } from "./shared/log.js";

const [say, link, badge] = ["#say", "#link", "#state"].map((id) => document.querySelector(id));
const { route, text } = say.elements;
const log = new Log(document.querySelector("#log"));

let connection;

function open() {
  connection = new Connection(route.value, badge, {
    received: (answer) => log.add("received", answer),
    ended: (code, reason) => log.add("note", `Closed with ${code}${reason && `: ${reason}`}`),
    changed: (state) => {
      link.textContent = state === "closed" ? "Reconnect" : "Close";
      link.disabled = state === "closing";
      for (const element of say.elements) element.disabled = state !== "open";
      route.disabled = state !== "closed";
    },
  });
  connection.open();
}

say.addEventListener("submit", (event) => {
  event.preventDefault();
  connection.send(text.value);
  log.add("sent", text.value);
  text.select();
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : open()));
open();
