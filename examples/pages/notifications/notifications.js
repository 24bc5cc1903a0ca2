// One notice, heard twice: by server-sent events, and over a WebSocket.

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

const events = document.getElementById("events");
const notices = document.getElementById("socket");
const link = document.getElementById("link");
const form = document.getElementById("notify");
let source;
let socket;

function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

function showBoth() {
  const both = source.readyState === EventSource.OPEN && socket.readyState === WebSocket.OPEN;
  const none = source.readyState === EventSource.CLOSED && socket.readyState === WebSocket.CLOSED;
  show(both ? "open" : none ? "closed" : "connecting", both ? "connected" : none ? "closed" : "connecting");
  link.textContent = none || socket.readyState === WebSocket.CLOSED ? "Reconnect" : "Close";
}

function open() {
  source = new EventSource("events");
  source.onopen = source.onerror = showBoth;
  source.onmessage = ({ data }) => add(events, "received", data);
  source.addEventListener("lagged", ({ data }) => add(events, "note", `You missed ${JSON.parse(data).missed} notices.`));
  socket = new WebSocket(address("socket"));
  socket.onopen = socket.onclose = showBoth;
  socket.onmessage = ({ data }) => add(notices, "received", data);
  showBoth();
}

function close() {
  source.close();
  socket.close();
}

link.onclick = () => {
  const again = link.textContent === "Reconnect";
  close();
  if (again) open();
};
form.onsubmit = async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ text: form.elements.text.value });
  form.reset();
  const response = await fetch("notices", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  if (!response.ok) add(events, "error", `not sent: ${response.status}`);
};
open();
