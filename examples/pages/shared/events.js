// One EventSource to this server that can be opened again, and the badge that says how it stands. Knows no pages.
//
// Over HTTP/1.1 a browser opens six connections to a host, for all its windows together, and each stream holds one. So in
// a frame, one of many, a stream rests while it is out of sight. It comes back with the last id that it has seen.

export class Events {
  #source = null;
  #isSeen = true;
  #lastId = "";

  // `on` has what is called with the events of each name, and may have changed(state), which hears of each change.
  constructor(path, badge, on) {
    this.url = new URL(path, document.baseURI);
    this.badge = badge;
    this.on = on;
    this.isWanted = false;
    if (window.parent !== window) this.#watch();
  }

  open() {
    this.isWanted = true;
    this.#update();
  }

  close() {
    this.isWanted = false;
    this.#update();
  }

  #update() {
    if (this.isWanted && this.#isSeen) this.#connect();
    else this.#end();
  }

  #connect() {
    if (this.#source) return;
    if (this.#lastId) this.url.searchParams.set("since", this.#lastId);
    const source = (this.#source = new EventSource(this.url));
    source.onopen = () => this.#tell("open", "connected");
    source.onerror = () => (source.readyState === EventSource.CLOSED ? this.close() : this.#tell("connecting", "reconnecting"));
    const { changed, ...handlers } = this.on;
    for (const [name, handle] of Object.entries({ message: () => {}, ...handlers })) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        this.#lastId = lastEventId;
        handle(data);
      });
    }
    this.#tell("connecting", "connecting");
  }

  #end() {
    this.#source?.close();
    this.#source = null;
    this.#tell("closed", this.isWanted ? "out of sight" : "closed");
  }

  #tell(state, words) {
    this.badge.dataset.state = state;
    this.badge.textContent = words;
    this.on.changed?.(state);
  }

  #watch() {
    let isNear = false;
    const look = () => {
      this.#isSeen = isNear && document.visibilityState === "visible";
      this.#update();
    };
    this.#isSeen = false;
    new IntersectionObserver(([entry]) => {
      isNear = entry.isIntersecting;
      look();
    }).observe(document.documentElement);
    document.addEventListener("visibilitychange", look);
  }
}
