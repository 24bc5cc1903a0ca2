// A sender that can flood: counts what it sent, what was taken and what was dropped. Comes back when it may, not before.

const [state, link, over, one, flood, said, progress] = [
  "state", "link", "over", "one", "flood", "said", "progress",
].map((id) => document.getElementById(id));

const BIG = "x".repeat(200);

let socket = null;
let wait = null;
let counts;

function open() {
  clearInterval(wait);
  counts = { sent: 0, taken: 0, dropped: 0 };
  const mine = (socket = new WebSocket(address(`ws/${over.elements.over.value}`)));
  show("connecting");
  mine.onopen = () => {
    if (socket !== mine) return;
    said.textContent = "";
    show("open");
  };
  mine.onmessage = ({ data }) => {
    if (socket !== mine) return;
    Object.assign(counts, JSON.parse(data));
    show("open");
  };
  mine.onclose = ({ code, reason }) => {
    if (socket !== mine) return;
    socket = null;
    show("closed", ` · ${code}`);
    said.textContent = reason;
    const seconds = Number(reason.match(/retry after (\d+) s/)?.[1] ?? 0);
    if (seconds) comeBackIn(seconds, reason);
  };
}

// The server says when: nobody is helped by an earlier try.
function comeBackIn(seconds, reason) {
  const tell = () => (said.textContent = `${reason}. Back in ${seconds} s`);
  tell();
  wait = setInterval(() => (--seconds ? tell() : open()), 1000);
}

function send(count) {
  for (let number = 0; number < count && socket?.readyState === WebSocket.OPEN; number++) {
    socket.send(BIG);
    counts.sent++;
  }
  show("open");
}

function address(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

function show(name, more = "") {
  const isOpen = name === "open";
  state.dataset.state = name;
  state.textContent = (isOpen ? "connected" : name) + more;
  link.textContent = name === "closed" ? "Reconnect" : "Close";
  one.disabled = flood.disabled = !isOpen;
  const waiting = isOpen ? counts.sent - counts.taken - counts.dropped : 0;
  for (const [id, value] of Object.entries({ ...counts, waiting })) document.getElementById(id).textContent = value;
  progress.max = Math.max(1, counts.sent);
  progress.value = counts.taken;
}

function leave() {
  clearInterval(wait);
  socket?.close();
}

link.addEventListener("click", () => (socket ? leave() : open()));
over.addEventListener("change", () => {
  const before = socket;
  open();
  before?.close();
});
one.addEventListener("click", () => send(1));
flood.addEventListener("click", () => send(300));
open();
