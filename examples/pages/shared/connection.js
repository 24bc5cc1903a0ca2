// One WebSocket to this server that can be opened again, and the badge that says how it stands. Knows no pages.

const WORDS = { connecting: "connecting", open: "connected", closing: "closing", closed: "closed" };

export class Connection {
  #socket = null;

  // `on` has any of opened(), received(data), ended(code, reason), and changed(state), which hears of each of these.
  constructor(path, badge, on) {
    this.url = new URL(path, document.baseURI);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.badge = badge;
    this.on = on;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    if (this.#socket) return;
    const socket = (this.#socket = new WebSocket(this.url));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#tell("open");
      this.on.opened?.();
    };
    socket.onmessage = ({ data }) => this.on.received?.(data);
    socket.onclose = ({ code, reason }) => {
      this.#socket = null;
      this.#tell("closed", code);
      this.on.ended?.(code, reason);
    };
    this.#tell("connecting");
  }

  send(message) {
    if (this.isOpen) this.#socket.send(message);
  }

  close(code = 1000, reason = "") {
    if (!this.#socket) return;
    this.#socket.close(code, reason);
    this.#tell("closing");
  }

  #tell(state, code) {
    this.badge.dataset.state = state;
    this.badge.textContent = code === undefined ? WORDS[state] : `${WORDS[state]} · ${code}`;
    this.on.changed?.(state);
  }
}
