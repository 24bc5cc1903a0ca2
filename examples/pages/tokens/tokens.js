// Sign in, connect by cookie or by ticket, renew over the open socket, sign out everywhere.

const [login, cookie, ticket, renew, everywhere, state, left, log, said] = [
  "login", "cookie", "ticket", "renew", "everywhere", "state", "left", "log", "said",
].map((id) => document.getElementById(id));

const WHY = {
  3005: "your token has expired: sign in again",
  3500: "your token was revoked: sign in again",
  4401: "you have no good token: sign in first",
};

let socket = null;
let until = 0;

login.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await post("login", Object.fromEntries(new FormData(login)));
  if (answer.user) {
    say(`Signed in as ${answer.user}, for 20 seconds.`);
    connect("ws");
  }
});
cookie.addEventListener("click", () => connect("ws"));
ticket.addEventListener("click", async () => {
  const answer = await post("ticket");
  if (answer.ticket) connect(`ws?ticket=${answer.ticket}`);
});
renew.addEventListener("click", async () => {
  const answer = await post("renew");
  if (answer.token && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ renew: answer.token }));
});
everywhere.addEventListener("click", async () => {
  const answer = await post("sign-out");
  if (answer.closed !== undefined) say(`Signed out: ${answer.closed} closed.`);
});

function connect(path) {
  socket?.close(1000);
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  const ours = (socket = new WebSocket(url));
  show("connecting", "connecting");
  ours.onmessage = ({ data }) => hear(JSON.parse(data));
  ours.onclose = ({ code }) => {
    note(`closed with ${code}${WHY[code] ? `: ${WHY[code]}` : ""}`, WHY[code] ? "note error" : "note");
    if (ours !== socket) return; // another has taken its place
    until = 0;
    show("closed", `closed · ${code}`);
  };
}

function hear(message) {
  switch (message.type) {
    case "hello":
      show("open", "connected");
      note(`connected as ${message.user}`);
      until = message.until;
      break;
    case "expiring":
      note(`${message.seconds} seconds left: renew now`, "note error");
      break;
    case "renewed":
      note("renewed: 20 seconds more");
      until = message.until;
  }
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).catch(() => say("the server is away."));
  if (!response) return {};
  const answer = await response.json();
  if (!response.ok) say(typeof answer.detail === "string" ? `${answer.detail}: sign in.` : "that cannot be.");
  return response.ok ? answer : {};
}

function show(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
  renew.disabled = kind !== "open";
}

function say(text) {
  said.textContent = text;
}

function note(text, kinds = "note") {
  const line = document.createElement("li");
  line.className = kinds;
  line.textContent = text;
  log.append(line);
  while (log.children.length > 100) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}

setInterval(() => {
  left.value = Math.max(0, until - Date.now() / 1000);
}, 200);
