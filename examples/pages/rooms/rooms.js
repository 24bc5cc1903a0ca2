// One person in one room at a time: what was said before, what is said now, who is here and who types.

import { Network, connect } from "./shared/channels.js";
import { Log, element, hue } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const [enter, say, cut, nav, people, typing] = ["#enter", "#say", "#cut", "#rooms", "#people", "#typing"].map((id) =>
  document.querySelector(id),
);
const log = new Log(document.querySelector("#log"));
const network = new Network();
let client, name, room;

enter.elements.name.value = suggestName();
enter.addEventListener("submit", (event) => {
  event.preventDefault();
  name = enter.elements.name.value.trim();
  client = connect(document.querySelector("#state"), { network, data: { name } });
  client.once("connected", begin);
  client.on("disconnected", ({ reason }) => log.add("note error", reason));
});

async function begin() {
  document.querySelector("h1").textContent = name;
  enter.hidden = true;
  for (const hidden of [cut, nav, people]) hidden.hidden = false;
  for (const element of say.elements) element.disabled = false;
  const { data } = await client.rpc("rooms", null);
  nav.append(...data.map(button));
  go(data[0].room);
}

function button({ room, people }) {
  const made = element("button", "", room);
  made.setAttribute("aria-pressed", "false");
  made.title = `${people} here`;
  made.addEventListener("click", () => go(room));
  return made;
}

function go(to) {
  room?.leave();
  log.clear();
  for (const each of nav.children) each.setAttribute("aria-pressed", each.textContent === to);
  room = new Room(to);
}

class Room {
  #here = new Map(); // names, by connection
  #last = 0;
  #typing = new Map(); // timers, by name

  constructor(room) {
    this.talk = client.newSubscription(`room:${room}`);
    this.hints = client.newSubscription(`typing:${room}`);
    let past = Promise.resolve();
    this.talk.on("subscribed", ({ recovered, wasRecovering }) => {
      if (!recovered) this.#forget(); // too much is gone, or the server began anew, and counts from one again
      if (wasRecovering) log.add("note", recovered ? "back, and nothing was missed" : "back; too much was missed");
      past = recovered ? past : this.#remember();
      this.#look();
    });
    this.talk.on("publication", async (publication) => {
      await past;
      this.#show(publication);
    });
    this.talk.on("join", ({ info }) => this.#set(info.client, info.user));
    this.talk.on("leave", ({ info }) => this.#set(info.client));
    this.hints.on("publication", ({ info }) => this.#types(info.user));
    this.talk.subscribe();
    this.hints.subscribe();
  }

  leave() {
    for (const subscription of [this.talk, this.hints]) client.removeSubscription(subscription);
    this.#typing.forEach(clearTimeout);
    typing.value = "";
  }

  #forget() {
    log.clear();
    this.#last = 0;
  }

  async #remember() {
    const { publications } = await this.talk.history({ limit: 50, reverse: true });
    publications.reverse().forEach((publication) => this.#show(publication));
  }

  async #look() {
    const { clients } = await this.talk.presence();
    this.#here = new Map(Object.values(clients).map(({ client, user }) => [client, user]));
    this.#tellPeople();
  }

  #set(id, user) {
    if (user) this.#here.set(id, user);
    else this.#here.delete(id);
    this.#tellPeople();
  }

  #tellPeople() {
    people.textContent = `Here: ${[...new Set(this.#here.values())].sort().join(", ")}`;
  }

  #show({ data, info, offset }) {
    if (offset <= this.#last) return; // it was in the history
    this.#last = offset;
    this.#types(info.user, 0);
    const author = element("span", info.user === name ? "unseen" : "author", info.user);
    author.style.setProperty("--hue", hue(info.user));
    log.add(info.user === name ? "said sent" : "said", author, element("span", "text", data.text)).title = new Date(data.at);
  }

  #types(user, forMs = 3000) {
    clearTimeout(this.#typing.get(user));
    this.#typing.delete(user);
    if (forMs) this.#typing.set(user, setTimeout(() => this.#types(user, 0), forMs));
    const names = [...this.#typing.keys()];
    typing.value = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing …` : "";
  }
}

let hinted = 0;
say.elements.text.addEventListener("input", () => {
  if (Date.now() - hinted < 1500 || network.isCut) return;
  hinted = Date.now();
  room.hints.publish({}).catch(() => {}); // a hint that is lost is none
});
say.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { text } = say.elements;
  const said = text.value;
  text.value = "";
  hinted = 0;
  try {
    await room.talk.publish({ text: said });
  } catch (error) {
    text.value ||= said;
    log.add("note error", `not said: ${error.message}`);
  }
});
cut.addEventListener("click", () => {
  if (network.isCut) network.heal();
  else network.cut();
  cut.setAttribute("aria-pressed", network.isCut);
  cut.textContent = network.isCut ? "Mend the network" : "Cut the network";
});
