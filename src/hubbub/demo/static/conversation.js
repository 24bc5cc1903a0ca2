// The conversation in which both talk at once, from the start to whoever closes first.

import { Connection } from "./connection.js";
import { Say } from "./form.js";
import { Log, element } from "./log.js";

export function conversation(pane, path) {
  const [badge, link, progress] = [".state", ".link", "progress"].map((part) => pane.querySelector(part));
  const [bytes, crash] = [".bytes", ".crash"].map((part) => pane.querySelector(part));
  const log = new Log(pane.querySelector(".log"));
  const say = new Say(pane.querySelector(".say"), (text) => {
    send(text, text);
    say.clear();
  });

  const connection = new Connection(path, badge, {
    opened: () => send("Hello Server!", "Hello Server!"),
    received: (text) => {
      log.add("received", text);
      if (text.startsWith("Server message")) progress.value += 1;
    },
    ended: (code, reason) => log.add("note", `Closed with ${code}`, ...(reason ? [": ", element("q", "", reason)] : [])),
    changed: (state) => {
      link.textContent = state === "closed" ? "Start again" : "Close";
      link.disabled = state === "closing";
      say.allow(state === "open", bytes, crash);
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
  bytes.addEventListener("click", () => {
    const blob = new Blob([JSON.stringify({ hello: "world" })], { type: "application/json" });
    send(blob, `${blob.size} bytes`);
  });
  crash.addEventListener("click", () => connection.close(3000, "Crash and Burn!"));

  function send(message, shown) {
    connection.send(message);
    log.add("sent", shown);
  }
}
