// Events come in, texts are posted. The first event tells this page its number.

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
const form = document.getElementById("say");
let source;
let number = null;

function enable(enabled) {
  for (const control of form.elements) control.disabled = !enabled;
}

function open() {
  show("connecting");
  link.textContent = "Close";
  source = new EventSource("chat");
  source.onerror = () => {
    enable(false);
    show("connecting", "reconnecting");
  };
  source.addEventListener("user", ({ data }) => {
    number = data;
    enable(true);
    show("open", `connected as ${number}`);
    add(log, "note", `You are User#${number}.`);
  });
  source.addEventListener("lagged", ({ data }) => add(log, "note", `You missed ${JSON.parse(data).missed}.`));
  source.onmessage = ({ data }) => add(log, "received", data);
}

function close() {
  source.close();
  enable(false);
  show("closed");
  link.textContent = "Reconnect";
}

link.onclick = () => (source.readyState === EventSource.CLOSED ? open() : close());
form.onsubmit = async (event) => {
  event.preventDefault();
  const text = form.elements.text.value;
  form.reset();
  const response = await fetch(`chat/${number}`, { method: "POST", body: text });
  add(log, response.ok ? "sent" : "error", response.ok ? text : `not sent: ${response.status}`);
};
open();
