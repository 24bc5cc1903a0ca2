// The page's part of the conversation: a hello, a blob after a second, a last word and a close of its own after three.

const BLOB_AFTER = 1000;
const CLOSE_AFTER = 3000;

const log = document.querySelector("#log");
const socket = new WebSocket(address("ws"));

socket.onopen = () => {
  send("Hello Server!");
  setTimeout(() => send(new Blob([JSON.stringify({ hello: "world" })], { type: "application/json" })), BLOB_AFTER);
  setTimeout(() => {
    send("About done here...");
    socket.close(3000, "Crash and Burn!");
  }, CLOSE_AFTER);
};
socket.onmessage = ({ data }) => show(`← ${data}`);
socket.onclose = ({ code, reason }) => show(`closed with ${code} ${reason}`);

function send(message) {
  socket.send(message);
  show(`→ ${message instanceof Blob ? `${message.size} bytes` : message}`);
}

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  log.append(line);
}

function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}
