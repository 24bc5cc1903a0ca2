// What is known of a room: its messages, folded out of its stream in whatever order that comes. Knows nothing of the page.

const PAGE = 40;

export class Room {
  #lines = new Map(); // messages, by id
  #signs = new Map(); // by id of the message: the newest reaction of each person with each sign
  #removed = new Set();
  #epoch = "";
  #first = 0;
  #isLoading = false;
  isWhole = false; // there is nothing older
  last = 0; // the newest offset
  read = 0; // how far its reader has read, in whatever tab

  // `changed(room)`; `spoke(user)`: somebody says something now.
  constructor(name, client, { changed, spoke }) {
    this.name = name;
    this.changed = () => changed(this);
    this.stream = client.newSubscription(`room:${name}`);
    this.stream.on("subscribed", ({ recovered }) => recovered || this.#begin());
    this.stream.on("publication", (publication) => {
      this.#fold(publication);
      if (publication.data.text) spoke(publication.data.user);
      this.changed();
    });
    this.stream.subscribe();
  }

  has(id) {
    return this.#lines.has(id);
  }

  get lines() {
    return [...this.#lines.values()].sort((one, other) => one.offset - other.offset);
  }

  isRemoved(id) {
    return this.#removed.has(id);
  }

  // Under a message: who has left each sign.
  signs(id) {
    const found = new Map();
    for (const { sign, on, user, name } of this.#signs.get(id)?.values() ?? []) {
      if (on) found.set(sign, (found.get(sign) ?? new Map()).set(user, name));
    }
    return found;
  }

  unread(user) {
    const isNew = (line) => line.offset > this.read && line.user !== user && !this.isRemoved(line.id);
    return [...this.#lines.values()].filter(isNew).length;
  }

  // Fetches what was said before what is known.
  async older() {
    if (this.isWhole || this.#isLoading || this.stream.state !== "subscribed") return;
    this.#isLoading = true;
    const since = this.#first ? { offset: this.#first, epoch: this.#epoch } : undefined;
    try {
      const { publications, epoch, offset } = await this.stream.history({ limit: PAGE, reverse: true, since });
      publications.forEach((publication) => this.#fold(publication));
      if (this.#epoch && this.#epoch !== epoch) this.read = 0; // another stream, of which nothing was read
      this.#epoch = epoch;
      this.#first = publications.at(-1)?.offset ?? this.#first;
      this.isWhole = publications.length < PAGE;
      this.last = Math.max(this.last, offset);
    } catch {
      // the network went: scrolling asks again
    } finally {
      this.#isLoading = false;
    }
    this.changed();
  }

  #begin() {
    this.#lines.clear();
    this.#signs.clear();
    this.#first = this.last = 0;
    this.isWhole = this.#isLoading = false;
    this.older();
  }

  #fold({ data, offset }) {
    this.last = Math.max(this.last, offset);
    if (data.remove) this.#removed.add(data.remove);
    else if (data.to) this.#react(data, offset);
    else this.#lines.set(data.id, { ...data, offset });
  }

  #react(data, offset) {
    const signs = this.#signs.get(data.to) ?? new Map();
    const key = `${data.sign} ${data.user}`;
    if (offset > (signs.get(key)?.offset ?? 0)) signs.set(key, { ...data, offset });
    this.#signs.set(data.to, signs);
  }
}
