// The conversation in which both talk at once, from the start to whoever closes first.

import { Connection } from "./shared/connection.js";
import { Log, element } from "./shared/log.js";

const [link, say, blob, crash] = ["#link", "#say", "#blob", "#crash"].map((id) => document.querySelector(id));
const progress = document.querySelector("progress");
const log = new Log(document.querySelector("#log"));

const connection = new Connection("ws", document.querySelector("#state"), {
  opened: () => send("Hello Server!", "Hello Server!"),
  received: (text) => {
    log.add("received", text);
    if (text.startsWith("Server message")) progress.value += 1;
  },
  ended: (code, reason) => log.add("note", `Closed with ${code}`, ...(reason ? [": ", element("q", "", reason)] : [])),
  changed: (state) => {
    link.textContent = state === "closed" ? "Start again" : "Close";
    link.disabled = state === "closing";
    for (const element of [...say.elements, blob, crash]) element.disabled = state !== "open";
  },
});

link.addEventListener("click", () => {
  if (connection.isOpen) {
    connection.close(1000, "Goodbye");
  } else {
    log.clear();
    progress.value = 0;
    connection.open();
  }
});
say.addEventListener("submit", (event) => {
  event.preventDefault();
  send(say.elements.text.value, say.elements.text.value);
  say.reset();
});
blob.addEventListener("click", () => {
  const data = new Blob([JSON.stringify({ hello: "world" })], { type: "application/json" });
  send(data, `${data.size} bytes`);
});
crash.addEventListener("click", () => connection.close(3000, "Crash and Burn!"));

function send(message, shown) {
  connection.send(message);
  log.add("sent", shown);
}
