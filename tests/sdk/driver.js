// Drives clients of the SDK, in a page and in Node alike: `drive(call, ...args)` does one thing, `tell(event)` is what the host hears it by.
globalThis.drive = (() => {
  const CLIENT_EVENTS = ["connecting", "connected", "disconnected", "error", "message"];
  const COMMON_EVENTS = ["subscribing", "subscribed", "unsubscribed", "publication", "join", "leave"];
  const clients = {};
  const text = { encode: (value) => value, decode: (value) => value };
  const bytes = {
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode: (value) => (value.length ? JSON.parse(new TextDecoder().decode(value)) : null),
  };

  const plain = (value) => {
    if (value instanceof Uint8Array) return bytes.decode(value);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value.toNumber === "function") return value.toNumber();
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };

  const listen = (emitter, events, client, channel) => {
    for (const event of events)
      emitter.on(event, (context) => tell({ client, channel: channel ?? context.channel ?? "", event, context: plain(context) }));
  };

  const tokensOf = (tokens) => async () => {
    if (tokens.length) return tokens.shift();
    throw new Centrifuge.UnauthorizedError("no more tokens");
  };

  const withTokens = ({ tokens, data, ...options }, codec) => ({
    ...options,
    ...(tokens && { getToken: tokensOf(tokens) }),
    ...(data !== undefined && { data: codec.encode(data) }),
  });

  const METHODS = {
    publish: ({ client, codec }, channel, data) => client.publish(channel, codec.encode(data)),
    rpc: ({ client, codec }, method, data) => client.rpc(method, codec.encode(data)),
    send: ({ client, codec }, data) => client.send(codec.encode(data)),
    presence: ({ client }, channel) => client.presence(channel),
    presence_stats: ({ client }, channel) => client.presenceStats(channel),
    history: ({ client }, channel, options) => client.history(channel, options),
    connect: ({ client }) => client.connect(),
    disconnect: ({ client }) => client.disconnect(),
    subscribe: ({ client, codec, id }, channel, options) => {
      const known = client.getSubscription(channel);
      const subscription = known ?? client.newSubscription(channel, withTokens(options, codec));
      if (!known) listen(subscription, [...COMMON_EVENTS, "error"], id, channel);
      subscription.subscribe();
    },
    unsubscribe: ({ client }, channel) => client.getSubscription(channel).unsubscribe(),
    patches: ({ client }, channel) => client.getSubscription(channel).deltaStats().numDeltaPayloads,
    all: (entry, calls) => Promise.all(calls.map(([method, ...args]) => METHODS[method](entry, ...args))),
  };

  const make = (id, url, options) => {
    const codec = options.protocol === "protobuf" ? bytes : text;
    const client = new Centrifuge(url, { ...withTokens(options, codec), minReconnectDelay: 20, maxReconnectDelay: 100 });
    listen(client, [...CLIENT_EVENTS, ...COMMON_EVENTS], id);
    clients[id] = { client, codec, id };
  };

  return async (call, id, ...args) => {
    try {
      if (call === "make") return { result: make(id, ...args) ?? null };
      return { result: plain(await METHODS[call](clients[id], ...args)) ?? null };
    } catch (error) {
      return { error: { code: error.code ?? 0, message: error.message ?? String(error) } };
    }
  };
})();
