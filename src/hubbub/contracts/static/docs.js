// Makes the page's forms work: one connection of the client protocol, in JSON, shared by all of them.

const LINES = 200; // of a log; the oldest go
const state = document.querySelector("#state");
const button = document.querySelector("#connect button");
const address = new URL(document.body.dataset.socket, location.href);
address.protocol = address.protocol.replace("http", "ws");
if (document.body.dataset.socket) document.querySelector("#address").textContent = address;

let connection = null; // what `connect` promised, while it holds
const subscriptions = new Map(); // a channel: its form

class Refusal extends Error {}

class Connection {
  #socket = new WebSocket(address);
  #waiting = new Map(); // a command's id: how its promise ends
  #last = 0;

  constructor(onPush, onClose) {
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onerror = () => reject(new Refusal("no connection: the server does not answer, or refuses this page"));
    });
    this.#socket.onmessage = (event) => event.data.split("\n").filter(Boolean).forEach((line) => this.#read(JSON.parse(line), onPush));
    this.#socket.onclose = ({ code, reason }) => {
      this.#waiting.forEach(({ reject }) => reject(new Refusal(`${code} ${reason}`)));
      onClose(code, reason);
    };
  }

  ask(method, request) {
    const id = ++this.#last;
    this.#say({ id, [method]: request });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, method }));
  }

  tell(data) { this.#say({ send: { data } }); }

  close() { this.#socket.close(1000); }

  #say(command) { this.#socket.send(JSON.stringify(command)); }

  #read(reply, onPush) {
    if (reply.push) return onPush(reply.push);
    if (!reply.id) return this.#say({}); // a ping
    const { resolve, reject, method } = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error) reject(new Refusal(`${reply.error.code} ${reply.error.message}`));
    else resolve(reply[method] ?? {});
  }
}

function say(text, now = "connected") {
  state.textContent = text;
  state.dataset.state = now;
  button.textContent = connection ? "Disconnect" : "Connect";
}

function connected() {
  connection ??= connect();
  return connection;
}

async function connect() {
  const form = document.querySelector("#connect");
  say("connecting", "connecting");
  try {
    if (!document.body.dataset.socket) throw new Refusal("this server takes no WebSockets, by which this page would connect");
    const request = { token: form.elements.token.value, ...payload(form) };
    const made = new Connection(hear, lost);
    await made.opened;
    const { client } = await made.ask("connect", request);
    say(`connected, as ${client}`);
    return made;
  } catch (error) {
    connection = null;
    say(error.message, "failed");
    throw error;
  }
}

function lost(code, reason) {
  connection = null;
  for (const [channel, form] of [...subscriptions]) leave(channel, form, `disconnected: ${code} ${reason}`);
  if (state.dataset.state === "connected") say(`disconnected: ${code} ${reason}`, "disconnected");
}

function hear({ channel, pub, join, leave: left, unsubscribe, message, disconnect }) {
  const form = subscriptions.get(channel);
  if (pub && form) log(form, JSON.stringify(pub.data));
  else if (join && form) log(form, `joined: ${join.info.user || join.info.client}`);
  else if (left && form) log(form, `left: ${left.info.user || left.info.client}`);
  else if (unsubscribe && form) leave(channel, form, `unsubscribed: ${unsubscribe.code} ${unsubscribe.reason}`);
  else if (message) say(`connected; told ${JSON.stringify(message.data)}`);
  else if (disconnect) say(`disconnected: ${disconnect.code} ${disconnect.reason}`, "failed");
}

function log(form, text) {
  const list = form.parentElement.querySelector(".log");
  const line = document.createElement("li");
  line.textContent = text;
  list.append(line);
  while (list.children.length > LINES) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

function leave(channel, form, why) {
  subscriptions.delete(channel);
  form.querySelector("button").textContent = "Subscribe";
  log(form, why);
}

function filled(form, pattern) {
  return pattern.replace(/\{([^{}]*)\}/g, (_, name) => form.elements[`parameter.${name.replace(/:path$/, "")}`].value);
}

function payload(form) {
  const text = form.elements.data?.value.trim();
  if (!text) return {};
  try {
    return { data: JSON.parse(text) };
  } catch (error) {
    throw new Refusal(`the data is no JSON: ${error.message}`);
  }
}

const doing = {
  async connect() {
    if (connection) (await connection).close();
    else await connected();
  },
  async subscribe(form) {
    const [taken] = [...subscriptions].find(([, each]) => each === form) ?? [];
    const server = await connected();
    if (taken !== undefined) {
      await server.ask("unsubscribe", { channel: taken });
      return leave(taken, form, "unsubscribed");
    }
    const channel = filled(form, form.dataset.channel);
    const { data } = await server.ask("subscribe", { channel, ...payload(form) });
    subscriptions.set(channel, form);
    form.querySelector("button").textContent = "Unsubscribe";
    log(form, `subscribed to ${channel}` + (data === undefined ? "" : `: ${JSON.stringify(data)}`));
  },
  async publish(form) {
    const request = { channel: filled(form, form.dataset.channel), ...payload(form) };
    await (await connected()).ask("publish", request);
    return `published to ${request.channel}`;
  },
  async rpc(form) {
    const request = { method: form.dataset.method ?? filled(form, form.dataset.pattern), ...payload(form) };
    const { data } = await (await connected()).ask("rpc", request);
    return data === undefined ? "no data" : JSON.stringify(data, null, 2);
  },
  async send(form) {
    const { data } = payload(form);
    (await connected()).tell(data);
    return "sent";
  },
};

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const output = form.parentElement.querySelector("output");
  const show = (text, isBad) => {
    if (!output) return isBad && form.dataset.do !== "connect" ? log(form, text) : undefined;
    output.textContent = text ?? "";
    output.classList.toggle("bad", isBad);
  };
  try {
    show(await doing[form.dataset.do](form), false);
  } catch (error) {
    show(error.message, true);
  }
});
