// Drives the SDK over a wire of our own: each frame that it sends is answered by the next of `frames`, by none at `null`. Gives what it sent and saw.
async ({ protocol, frames }) => {
  const sent = [];
  const seen = [];

  class Wire {
    constructor() {
      setTimeout(() => this.onopen());
    }
    send(frame) {
      sent.push(typeof frame === "string" ? frame : [...frame]);
      const answer = frames.shift();
      if (answer === null) return;
      const data = typeof answer === "string" ? answer : new Uint8Array(answer).buffer;
      setTimeout(() => this.onmessage({ data }));
    }
    close() {}
  }

  const plain = (value) => {
    if (value instanceof Uint8Array) return JSON.parse(new TextDecoder().decode(value));
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  const payload = (value) =>
    protocol === "json" ? value : new TextEncoder().encode(JSON.stringify(value));

  const client = new Centrifuge("ws://nowhere.invalid", { protocol, websocket: Wire });
  const subscription = client.newSubscription("news", { delta: "fossil", positioned: true, joinLeave: true });
  for (const event of ["subscribed", "publication", "join", "leave", "unsubscribed", "error"])
    subscription.on(event, (context) => seen.push([event, plain({ ...context, error: context.error?.toString() })]));
  client.on("connected", (context) => seen.push(["connected", plain({ ...context })]));
  client.on("message", (context) => seen.push(["message", plain({ ...context })]));
  const all = new Promise((resolve) => subscription.on("unsubscribed", resolve));
  subscription.subscribe();
  client.connect();
  await subscription.ready();

  const calls = [
    () => subscription.publish(payload({ text: "hi" })),
    () => subscription.presence(),
    () => subscription.presenceStats(),
    () => subscription.history({ limit: 10, since: { offset: 1, epoch: "e" } }),
    () => client.rpc("add", payload([1, 2])),
  ];
  const results = [];
  for (const call of calls) results.push(await call().then(plain, (error) => ({ error: error.code ?? `${error}` })));
  await all;
  client.disconnect();
  return { sent, seen, results };
};
