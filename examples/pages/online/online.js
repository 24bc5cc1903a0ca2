// One person, in one tab or several: each is a connection of its own.

import { connect } from "./shared/channels.js";
import { element } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const [come, leave, more, fewer, people] = ["#come", "#leave", "#more", "#fewer", "#people"].map((id) =>
  document.querySelector(id),
);
const tabs = [];
let name;

come.elements.name.value = suggestName();
come.addEventListener("submit", (event) => {
  event.preventDefault();
  name = come.elements.name.value.trim();
  open(document.querySelector("#state"), show);
});
leave.addEventListener("click", () => tabs.splice(0).forEach(close));
more.addEventListener("click", () => open(document.createElement("output"), () => {}));
fewer.addEventListener("click", () => close(tabs.pop()));

function open(badge, hear) {
  const client = connect(badge, { data: { name } });
  const subscription = client.newSubscription("people:online");
  subscription.on("publication", ({ data }) => hear(data));
  subscription.subscribe();
  tabs.push(client);
  stand();
}

function close(client) {
  client.disconnect();
  stand();
}

function stand() {
  come.hidden = tabs.length > 0;
  leave.hidden = more.disabled = tabs.length === 0;
  leave.hidden = tabs.length === 0;
  fewer.disabled = tabs.length < 2;
  if (!tabs.length) people.replaceChildren();
}

function show(online) {
  const lines = Object.entries(online).map(([who, count]) => {
    const line = document.createElement("li");
    line.append(who === name ? `${who} (you)` : who, element("span", "hint", count > 1 ? `${count} tabs` : ""));
    return line;
  });
  people.replaceChildren(...lines);
}
