// Events come in, texts are posted. The first event tells this page its number.

import { Events } from "./shared/events.js";
import { Log, element, hue } from "./shared/log.js";

const [log, link, form] = [new Log(document.querySelector("#log")), ...["#link", "#say"].map((id) => document.querySelector(id))];
let number = null;

const events = new Events("chat", document.querySelector("#state"), {
  user: enter,
  message: show,
  lagged: (data) => log.add("note", `You missed ${JSON.parse(data).missed}.`),
  changed: (state) => {
    link.textContent = events.isWanted ? "Close" : "Reconnect";
    if (state !== "open") leave();
  },
});

link.addEventListener("click", () => (events.isWanted ? events.close() : events.open()));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = form.elements.text.value;
  form.reset();
  const response = await fetch(`chat/${number}`, { method: "POST", body: text });
  log.add(response.ok ? "sent" : "error", response.ok ? text : `Not sent: ${response.status}`);
});
events.open();

function enter(data) {
  number = data;
  enable(true);
  log.add("note", `You are User#${number}.`);
}

function leave() {
  if (number !== null) log.add("note", `User#${number} is gone.`);
  number = null;
  enable(false);
}

function enable(isEnabled) {
  for (const control of form.elements) control.disabled = !isEnabled;
}

function show(text) {
  const [, who, said] = text.match(/^<(User#\d+)>: ([^]*)$/);
  const author = element("span", "author", who);
  author.style.setProperty("--hue", hue(who));
  log.add("received", author, said);
}
