// One person, in one tab or several: each is a connection of its own.

import { connect } from "./shared/channels.js";
import { element } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const [come, leave, more, fewer, people] = ["#come", "#leave", "#more", "#fewer", "#people"].map((id) =>
  document.querySelector(id),
);
const tabs = new Set();
let name;

come.elements.name.value = suggestName();
come.addEventListener("submit", (event) => {
  event.preventDefault();
  name = come.elements.name.value.trim();
  open(document.querySelector("#state"), show);
});
leave.addEventListener("click", () => [...tabs].forEach((client) => client.disconnect()));
more.addEventListener("click", () => open(document.createElement("output"), () => {}));
fewer.addEventListener("click", () => [...tabs].at(-1).disconnect());

function open(badge, hear) {
  const client = connect(badge, { data: { name } });
  const subscription = client.newSubscription("people:online");
  subscription.on("publication", ({ data }) => hear(data));
  subscription.subscribe();
  client.on("disconnected", () => {
    tabs.delete(client);
    stand();
  });
  tabs.add(client);
  stand();
}

function stand() {
  come.hidden = tabs.size > 0;
  leave.hidden = more.disabled = tabs.size === 0;
  fewer.disabled = tabs.size < 2;
  if (!tabs.size) people.replaceChildren();
}

function show(online) {
  const lines = Object.entries(online).map(([who, count]) => {
    const line = document.createElement("li");
    line.append(who === name ? `${who} (you)` : who, element("span", "hint", count > 1 ? `${count} tabs` : ""));
    return line;
  });
  people.replaceChildren(...lines);
}
