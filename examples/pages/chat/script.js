// The chat's page: one socket from joining to leaving. The first text is the name; all that follows is said.

const join = document.querySelector("#join");
const say = document.querySelector("#say");
const log = document.querySelector("#log");

join.addEventListener("submit", (event) => {
  event.preventDefault();
  const socket = new WebSocket(address("websocket"));
  socket.onopen = () => {
    socket.send(join.elements.name.value);
    allow({ joining: false, talking: true });
  };
  socket.onmessage = ({ data }) => show(data);
  socket.onclose = ({ code }) => {
    show(`(closed with ${code})`);
    allow({ joining: true, talking: false });
  };
  say.onsubmit = (event) => {
    event.preventDefault();
    socket.send(say.elements.text.value);
    say.reset();
  };
});

function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  log.append(line);
  log.scrollTop = log.scrollHeight;
}

function allow({ joining, talking }) {
  for (const element of join.elements) element.disabled = !joining;
  for (const element of say.elements) element.disabled = !talking;
  (talking ? say.elements.text : join.elements.name).focus();
}
