// What the server says. The browser reconnects by itself; the button ends that.

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

const log = document.getElementById("log");
const link = document.getElementById("link");
let source;

function open() {
  show("connecting");
  link.textContent = "Close";
  source = new EventSource("sse");
  source.onopen = () => show("open", "connected");
  source.onmessage = ({ data }) => add(log, "received", data);
  source.onerror = () => show("connecting", "reconnecting");
}

function close() {
  source.close();
  show("closed");
  link.textContent = "Reconnect";
}

link.onclick = () => (source.readyState === EventSource.CLOSED ? open() : close());
open();
