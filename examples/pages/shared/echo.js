// An echo: what is sent comes back in order, so the time of each is known from the queue of those on their way.

import { Connection } from "./connection.js";
import { Log, element, milliseconds } from "./log.js";

const BYTES = 32;

export function echo(path, count) {
  const [link, say, bytes, burst] = ["#link", "#say", "#bytes", "#burst"].map((id) => document.querySelector(id));
  const log = new Log(document.querySelector("#log"));
  const onTheirWay = []; // for each message sent, what to do when it comes back

  const connection = new Connection(path, document.querySelector("#state"), {
    received: (data) => onTheirWay.shift()?.(data),
    ended: (code, reason) => {
      onTheirWay.length = 0;
      log.add("note", `Closed with ${code}${reason && `: ${reason}`}`);
    },
    changed: (state) => {
      link.textContent = state === "closed" ? "Reconnect" : "Close";
      link.disabled = state === "closing";
      for (const element of [...say.elements, bytes, burst]) element.disabled = state !== "open";
    },
  });

  link.addEventListener("click", () => (connection.isOpen ? connection.close() : connection.open()));
  say.addEventListener("submit", (event) => {
    event.preventDefault();
    send(say.elements.text.value, say.elements.text.value);
    say.elements.text.select();
  });
  bytes.addEventListener("click", () => send(crypto.getRandomValues(new Uint8Array(BYTES)), `${BYTES} random bytes`));
  burst.addEventListener("click", sendMany);
  burst.textContent = `Send ${count.toLocaleString("en")}`;
  connection.open();

  function send(message, shown) {
    log.add("sent", shown);
    const began = performance.now();
    onTheirWay.push((data) => {
      const took = element("span", "took", milliseconds(performance.now() - began));
      log.add("received", typeof data === "string" ? data : `${data.byteLength} bytes`, took);
    });
    connection.send(message);
  }

  function sendMany() {
    burst.disabled = true;
    log.add("sent", `${count.toLocaleString("en")} messages at once`);
    const began = performance.now();
    for (let n = 1; n < count; n++) onTheirWay.push(() => {});
    onTheirWay.push(() => {
      const took = performance.now() - began;
      const rate = Math.round((count / took) * 1000).toLocaleString("en", { maximumSignificantDigits: 2 });
      log.add("received", `all back, ${rate} a second`, element("span", "took", milliseconds(took)));
      burst.disabled = !connection.isOpen;
    });
    for (let n = 0; n < count; n++) connection.send(`message ${n}`);
  }
}
