// One notice, heard twice: by server-sent events, and over a WebSocket. Close one, notify, and open it again: events catch up.

import { Connection } from "./shared/connection.js";
import { Events } from "./shared/events.js";
import { Log } from "./shared/log.js";

const find = (id) => document.querySelector(id);
const [told, heard] = [new Log(find("#events")), new Log(find("#socket"))];
const form = find("#notify");

const events = new Events("events", find("#events-state"), {
  message: (text) => told.add("received", text),
  lagged: (data) => told.add("note", `You missed ${JSON.parse(data).missed} notices.`),
  changed: () => name("#events-link", events.isWanted),
});
const connection = new Connection("socket", find("#socket-state"), {
  received: (text) => heard.add("received", text),
  changed: (state) => name("#socket-link", state !== "closed"),
});

find("#events-link").addEventListener("click", () => (events.isWanted ? events.close() : events.open()));
find("#socket-link").addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ text: form.elements.text.value });
  form.reset();
  const sent = fetch("notices", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const response = await sent.catch(() => ({ status: "the server is away" }));
  if (!response.ok) told.add("error", `Not sent: ${response.status}`);
});
events.open();
connection.open();

function name(link, isOpen) {
  find(link).textContent = isOpen ? "Close" : "Reconnect";
}
