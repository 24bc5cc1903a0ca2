// A connection that comes back: back-off with lots drawn, and resume by the last id that was seen.

const KEPT = 200;

function add(list, kinds, text) {
  const line = document.createElement("li");
  line.className = kinds;
  line.textContent = text;
  list.append(line);
  while (list.children.length > KEPT) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

function show(state, text = state) {
  const output = document.getElementById("state");
  output.dataset.state = state;
  output.textContent = text;
}

const SHORTEST = 500;
const LONGEST = 30_000;

const log = document.getElementById("log");
const cut = document.getElementById("cut");
const away = document.getElementById("away");
let socket;
let timer;
let attempts = 0;
let last = "";
let expected = null;

function address() {
  const url = new URL("count", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (last) url.searchParams.set("since", last);
  return url;
}

function connect() {
  show("connecting");
  socket = new WebSocket(address());
  socket.onopen = () => {
    cut.disabled = false;
    show("open", "connected");
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = ({ code }) => {
    cut.disabled = true;
    add(log, "note", `Lost, with ${code}.`);
    if (isAway()) show("closed", "staying away");
    else wait();
  };
}

function take({ id, number, missed, exact }) {
  attempts = 0; // a message, not the connection alone, says that all is well
  if (id) last = id;
  if (missed !== undefined) {
    add(log, "note", exact ? `${missed} are no longer kept.` : "The server was started anew.");
    expected = null;
  }
  if (number === undefined) return;
  if (expected !== null && number !== expected) add(log, "error", `${expected} is missing.`);
  expected = number + 1;
  add(log, "received", String(number));
}

function wait() {
  const delay = Math.min(LONGEST, SHORTEST * 2 ** attempts++) * (0.5 + Math.random() / 2);
  show("connecting", `again in ${(delay / 1000).toFixed(1)} s`);
  timer = setTimeout(connect, delay);
}

function isAway() {
  return away.getAttribute("aria-pressed") === "true";
}

cut.onclick = () => socket.send("cut");
away.onclick = () => {
  const before = isAway();
  away.setAttribute("aria-pressed", String(!before));
  away.textContent = before ? "Stay away" : "Come back";
  clearTimeout(timer);
  if (before) connect();
  else if (socket.readyState === WebSocket.OPEN) socket.send("cut");
  else show("closed", "staying away");
};
connect();
