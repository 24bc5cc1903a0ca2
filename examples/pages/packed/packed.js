// The tally's page: it offers the versions that are ticked, speaks the one that was chosen, and shows every message.

import { Log, element } from "./shared/log.js";
import { pack, unpack } from "./msgpack.js";

const versions = document.querySelector("#versions");
const link = document.querySelector("#link");
const badge = document.querySelector("#state");
const tally = document.querySelector("#tally");
const watching = document.querySelector("#watching");
const log = new Log(document.querySelector("#log"));
let socket = null;

versions.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket) socket.close(1000);
  else connect([...new FormData(versions).getAll("version")]);
});

function connect(offered) {
  const url = new URL("tally", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url, offered);
  socket.binaryType = "arraybuffer";
  tell("connecting", "connecting");
  let opened = false;
  socket.onopen = () => {
    opened = true;
    tell("open", `connected · ${socket.protocol}`);
  };
  socket.onmessage = ({ data }) => receive(data);
  socket.onclose = ({ code }) => {
    socket = null;
    tell(opened ? "closed" : "refused", opened ? `closed · ${code}` : "refused: no version in common");
    tally.replaceChildren();
    watching.textContent = "";
  };
}

function tell(state, words) {
  badge.dataset.state = state;
  badge.textContent = words;
  link.textContent = socket ? "Close" : "Connect";
}

function receive(data) {
  const value = unpack(data);
  const [, votes, watchers] = socket.protocol === "tally.v1" ? [null, value, null] : value;
  show(votes);
  watching.textContent = watchers === null ? "" : `${watchers} watching`;
  note("received", data, value); // last, for the first tally's rows take room from what is shown here
}

function send(...command) {
  const data = pack(command);
  note("sent", data, command);
  socket.send(data);
}

function note(kind, data, value) {
  const bytes = [...new Uint8Array(data)].map((byte) => byte.toString(16).padStart(2, "0"));
  log.add(kind, element("code", "", bytes.join(" ")), document.createElement("br"), JSON.stringify(value));
}

// A row a choice, made once, so that the keyboard's place is not lost when a tally comes.
function show(votes) {
  for (const [choice, count] of Object.entries(votes)) row(choice).querySelector("td").textContent = count;
}

function row(choice) {
  const id = `choice-${choice}`;
  const found = document.getElementById(id);
  if (found) return found;
  const made = document.createElement("tr");
  made.id = id;
  const name = element("th", "", choice);
  name.scope = "row";
  const buttons = element("div", "row", "");
  buttons.append(button("Vote", `Vote for ${choice}`, () => send("vote", choice)));
  if (socket.protocol !== "tally.v1") {
    buttons.append(button("Take back", `Take ${choice} back`, () => send("take back", choice)));
  }
  const cell = document.createElement("td");
  cell.append(buttons);
  made.append(name, element("td", "", "0"), cell);
  tally.append(made);
  return made;
}

function button(words, name, pressed) {
  const made = element("button", "quiet", words);
  made.type = "button";
  made.setAttribute("aria-label", name);
  made.addEventListener("click", pressed);
  return made;
}

versions.requestSubmit();
