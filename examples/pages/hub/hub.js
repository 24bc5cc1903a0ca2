// One person in the lobby, by the published SDK: connect, subscribe, publish.

import { connect } from "./shared/channels.js";
import { Log, element, hue } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const log = new Log(document.querySelector("#log"));
const name = suggestName();
document.querySelector("h1").textContent = name;

const client = connect(document.querySelector("#state"), { path: `connection/websocket?name=${encodeURIComponent(name)}` });
const lobby = client.newSubscription("chat:lobby");
lobby.on("publication", show);
lobby.on("subscribed", ({ recovered }) => recovered && log.add("note", "back, and nothing was missed"));
lobby.subscribe();

document.querySelector("#say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await lobby.publish({ text: form.elements.text.value });
    form.reset();
  } catch (error) {
    log.add("note error", `${error.code}: ${error.message}`);
  }
});
document.querySelector("#announce").addEventListener("click", () =>
  fetch("say", { method: "POST", headers: { "content-type": "application/json" }, body: '{"text": "Dinner is ready."}' }).catch(() =>
    log.add("note error", "the server is away"),
  ),
);

function show({ data, info }) {
  if (!info) return void log.add("note", data.text);
  const author = element("span", info.user === name ? "unseen" : "author", info.user);
  author.style.setProperty("--hue", hue(info.user));
  log.add(info.user === name ? "said sent" : "said", author, element("span", "text", data.text));
}
