// The Centrifuge SDK on this page's own server: a client that connects, the badge that says how it stands, and a network to
// cut it off from. The page loads centrifuge.js before, which makes `Centrifuge`. Knows no pages.

const STATES = { connecting: "connecting", connected: "open", disconnected: "closed" };

// `options` are the SDK's; `network`, where the page lets one be cut, is what it connects through.
export function connect(badge, { network, path = "connection/websocket", ...options } = {}) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  const through = network ? { websocket: network.Socket, networkEventTarget: network } : {};
  const client = new Centrifuge(url.href, { minReconnectDelay: 200, maxReconnectDelay: 2000, ...through, ...options });
  client.on("state", ({ newState }) => tell(badge, newState));
  client.on("disconnected", ({ code }) => tell(badge, "disconnected", code && `disconnected · ${code}`));
  client.connect();
  return client;
}

// What lies between a page and its server, for as long as it holds.
export class Network extends EventTarget {
  #sockets = new Set();
  isCut = false;

  constructor() {
    super();
    const network = this;
    this.Socket = function (url, protocols) {
      return network.isCut ? unreachable() : network.#open(url, protocols);
    };
  }

  cut() {
    this.isCut = true;
    for (const socket of this.#sockets) socket.close();
  }

  heal() {
    this.isCut = false;
    this.dispatchEvent(new Event("online")); // the SDK tries at once, as it does when a device is online again
  }

  #open(url, protocols) {
    const socket = new WebSocket(url, protocols);
    this.#sockets.add(socket);
    socket.addEventListener("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

// A socket that never opens.
function unreachable() {
  const socket = { send() {}, close() {} };
  setTimeout(() => socket.onclose?.({ code: 1006, reason: "" }));
  return socket;
}

function tell(badge, state, words = state) {
  badge.dataset.state = STATES[state];
  badge.textContent = words || state;
}
