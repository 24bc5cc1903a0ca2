// The echo of actors: one answers here, and all of them are told something by their addresses.

import { Connection } from "./shared/connection.js";
import { Log } from "./shared/log.js";

const [say, all, bytes, link] = ["#say", "#all", "#bytes", "#link"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));

const connection = new Connection("ws", document.querySelector("#state"), {
  received: (data) => log.add("received", typeof data === "string" ? data : `${data.byteLength} bytes`),
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
bytes.addEventListener("click", () => connection.send(new Uint8Array([1, 2, 3])));
all.addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = new URL("say", document.baseURI);
  url.searchParams.set("text", all.elements.text.value);
  all.reset();
  try {
    const told = await fetch(url, { method: "POST" }).then((response) => response.json());
    log.add("note", `${told} told`);
  } catch {
    log.add("error", "Not told: the server is away.");
  }
});
link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
connection.open();
