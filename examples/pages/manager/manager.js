// The same words into both sides, over the same network; what comes back is shown beside each other.

import { Network, connect } from "./shared/channels.js";
import { Log, element, hue } from "./shared/log.js";
import { suggestName } from "./shared/names.js";

const name = suggestName();
const network = new Network();
const [before, after] = ["#before", "#after"].map((id) => new Log(document.querySelector(id)));

// Before: the page, too, does everything by hand.
const badge = document.querySelector("#before-state");
let socket;

function open() {
  const url = new URL(`before?name=${encodeURIComponent(name)}`, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new network.Socket(url.href);
  socket.onopen = () => tell("open", "connected");
  socket.onmessage = ({ data }) => show(before, JSON.parse(data));
  socket.onclose = () => {
    tell("connecting", "connecting");
    setTimeout(open, 500);
  };
}

function tell(state, words) {
  badge.dataset.state = state;
  badge.textContent = words;
}

open();

// After
const client = connect(document.querySelector("#after-state"), { network, data: name });
const chat = client.newSubscription("chat:lobby");
chat.on("publication", ({ data }) => show(after, data));
chat.subscribe();

// Both
function show(log, { name: who, text }) {
  const author = element("span", who === name ? "unseen" : "author", who);
  author.style.setProperty("--hue", hue(who));
  log.add(who === name ? "said sent" : "said", author, element("span", "text", text));
}

const [say, speak, cut] = ["#say", "#speak", "#cut"].map((id) => document.querySelector(id));
let spoken = 0;

say.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = say.elements.text.value;
  say.reset();
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ text }));
  await chat.publish({ text }).catch(({ message }) => after.add("note error", `not said: ${message}`));
});
speak.addEventListener("click", () => {
  spoken += 1;
  const body = JSON.stringify({ text: `Message ${spoken}` });
  fetch("speak", { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() =>
    [before, after].forEach((log) => log.add("note error", "the server is away")),
  );
});
cut.addEventListener("click", () => {
  if (network.isCut) network.heal();
  else network.cut();
  cut.setAttribute("aria-pressed", network.isCut);
  cut.textContent = network.isCut ? "Mend the network" : "Cut the network";
});
