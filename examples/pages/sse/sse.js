// What the server says. The browser reconnects by itself; the button ends that.

import { Events } from "./shared/events.js";
import { Log } from "./shared/log.js";

const [log, link] = [new Log(document.querySelector("#log")), document.querySelector("#link")];

const events = new Events("sse", document.querySelector("#state"), {
  message: (text) => log.add("received", text),
  changed: () => (link.textContent = events.isWanted ? "Close" : "Reconnect"),
});

link.addEventListener("click", () => (events.isWanted ? events.close() : events.open()));
events.open();
