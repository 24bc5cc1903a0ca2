// A connection that comes back: back-off with lots drawn, and resume by the last id that was seen.

import { Log } from "./shared/log.js";

const SHORTEST = 500;
const LONGEST = 30_000;

const [badge, cut, away] = ["#state", "#cut", "#away"].map((id) => document.querySelector(id));
const log = new Log(document.querySelector("#log"));
let socket;
let timer;
let attempts = 0;
let last = "";
let expected = null;

function show(state, words) {
  badge.dataset.state = state;
  badge.textContent = words;
}

function address() {
  const url = new URL("count", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  if (last) url.searchParams.set("since", last);
  return url;
}

function connect() {
  show("connecting", "connecting");
  socket = new WebSocket(address());
  socket.onopen = () => {
    if (isAway()) socket.send("cut");
    cut.disabled = false;
    show("open", "connected");
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = ({ code }) => {
    cut.disabled = true;
    log.add("note", `Lost, with ${code}.`);
    if (isAway()) show("closed", "staying away");
    else wait();
  };
}

function take({ id, number, missed, exact }) {
  attempts = 0; // a message, not the connection alone, says that all is well
  if (id) last = id;
  if (missed !== undefined) {
    log.add("note", exact ? `${missed} are no longer kept.` : "The server was started anew.");
    expected = null;
  }
  if (number === undefined) return;
  if (expected !== null && number !== expected) log.add("error", `${expected} is missing.`);
  expected = number + 1;
  log.add("received", String(number));
}

function wait() {
  const delay = Math.min(LONGEST, SHORTEST * 2 ** attempts++) * (0.5 + Math.random() / 2);
  show("connecting", `again in ${(delay / 1000).toFixed(1)} s`);
  timer = setTimeout(connect, delay);
}

function isAway() {
  return away.getAttribute("aria-pressed") === "true";
}

cut.addEventListener("click", () => socket.send("cut"));
away.addEventListener("click", () => {
  const before = isAway();
  away.setAttribute("aria-pressed", String(!before));
  away.textContent = before ? "Stay away" : "Come back";
  clearTimeout(timer);
  if (before && socket.readyState === WebSocket.CLOSED) connect(); // else its end is on the way, and brings it back
  else if (!before && socket.readyState === WebSocket.OPEN) socket.send("cut");
  else if (!before) show("closed", "staying away");
});
connect();
