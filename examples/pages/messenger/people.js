// Who looks at the room that is looked at, and who types there. One person is one, in however many tabs.

const TYPES = 3000; // milliseconds that a hint holds
const HINT = 1500; // between two of one's own

export class People {
  #here = new Map(); // by user: what is known of them
  #typing = new Map(); // timers, by user
  #hinted = 0;

  constructor(room, client, me, changed) {
    Object.assign(this, { me, changed, client });
    this.channel = client.newSubscription(`here:${room}`);
    this.channel.on("subscribed", () => this.#look());
    this.channel.on("join", ({ info }) => this.#set(info));
    this.channel.on("leave", ({ info }) => this.#leave(info.user));
    this.channel.on("publication", ({ info }) => this.#type(info));
    this.channel.subscribe();
  }

  leave() {
    this.client.removeSubscription(this.channel);
    this.#typing.forEach(clearTimeout);
  }

  get here() {
    return [...this.#here.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  get typing() {
    return [...this.#typing.keys()].map((user) => this.#here.get(user)?.name ?? "somebody");
  }

  // One types: the others are told, and need not be told at every key.
  hint() {
    if (Date.now() - this.#hinted < HINT || this.channel.state !== "subscribed") return;
    this.#hinted = Date.now();
    this.channel.publish({}).catch(() => {}); // a hint that is lost is none
  }

  hasSpoken(user) {
    if (user === this.me) this.#hinted = 0;
    clearTimeout(this.#typing.get(user));
    this.#typing.delete(user);
  }

  async #look() {
    try {
      const { clients } = await this.channel.presence();
      this.#here.clear();
      Object.values(clients).forEach((info) => this.#set(info));
    } catch {
      // the network went: who comes back looks again
    }
  }

  #set({ user, connInfo }) {
    this.#here.set(user, { user, ...connInfo });
    this.changed();
  }

  #leave(user) {
    this.#here.delete(user);
    this.hasSpoken(user);
    this.changed();
  }

  #type({ user }) {
    if (user === this.me) return;
    this.hasSpoken(user);
    this.#typing.set(user, setTimeout(() => (this.hasSpoken(user), this.changed()), TYPES));
    this.changed();
  }
}
