// The echo of actors: one answers here, and all of them are told something by their addresses.

const link = document.querySelector("#link");
const state = document.querySelector("#state");
const log = document.querySelector("#log");
const say = document.querySelector("#say");
let socket = null;

link.addEventListener("click", () => (socket ? socket.close() : connect()));

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = say.elements.text.value;
  socket.send(text);
  say.reset();
});

function connect() {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  state.value = "connecting";
  link.textContent = "Close";
  socket.onopen = () => allow("open", true);
  socket.onmessage = ({ data }) => show(typeof data === "string" ? data : `${data.byteLength} bytes`);
  socket.onclose = ({ code }) => {
    socket = null;
    link.textContent = "Connect";
    allow(`closed with ${code}`, false);
  };
}

function allow(word, isOpen) {
  state.value = word;
  for (const element of document.querySelectorAll("#say input, #say button, #bytes")) element.disabled = !isOpen;
  if (isOpen) say.elements.text.focus();
}

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  log.append(line);
  while (log.children.length > 200) log.firstChild.remove();
  log.scrollTop = log.scrollHeight;
}

document.querySelector("#bytes").addEventListener("click", () => socket.send(new Uint8Array([1, 2, 3])));

document.querySelector("#all").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = new URL("say", location.href);
  url.searchParams.set("text", event.target.elements.text.value);
  const response = await fetch(url, { method: "POST" });
  document.querySelector("#taken").value = `told ${await response.json()}`;
});

connect();
