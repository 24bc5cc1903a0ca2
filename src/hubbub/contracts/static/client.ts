import type {
  Centrifuge, HistoryOptions, HistoryResult, Options, PublicationContext, PublishResult, RpcResult, Subscription,
  SubscriptionEvents, SubscriptionOptions, TypedEventEmitter,
} from "centrifuge";

/** Options of a client: `new Centrifuge(address, { data } satisfies HubOptions)`. */
export type HubOptions = Partial<Omit<Options, "data" | "getData">> & {
  data?: ConnectData;
  getData?: null | (() => Promise<ConnectData>);
};

/** A publication of a channel. */
export interface HubPublication<C extends Channel> extends Omit<PublicationContext, "channel" | "data"> {
  channel: C;
  data: Publication<C>;
}

/** Options of a subscription; `data` must be there where the server asks for it. */
export type HubSubscriptionOptions<C extends Channel> = Omit<SubscriptionOptions, "data" | "getData"> &
  (undefined extends JoinData<C>
    ? { data?: JoinData<C>; getData?: null | (() => Promise<JoinData<C>>) }
    : { data: JoinData<C> } | { getData: () => Promise<JoinData<C>> });

/** Events of a subscription. */
export type HubSubscriptionEvents<C extends Channel> = Omit<SubscriptionEvents, "publication"> & {
  publication: (context: HubPublication<C>) => void;
};

/** A subscription to a channel. */
export interface HubSubscription<C extends Channel>
  extends Omit<Subscription, keyof TypedEventEmitter<SubscriptionEvents> | "channel" | "publish" | "history" | "setData">,
    TypedEventEmitter<HubSubscriptionEvents<C>> {
  readonly channel: C;
  publish(data: Publishable<C>): Promise<PublishResult>;
  history(options: HistoryOptions): Promise<HubHistory<C>>;
  setData(data: JoinData<C>): void;
}

/** What was published, and where the channel's stream stands. */
export interface HubHistory<C extends Channel> extends Omit<HistoryResult, "publications"> {
  publications: HubPublication<C>[];
}

/** What must be given where something is asked for. */
export type Given<T> = undefined extends T ? [given?: T] : [given: T];

/** The SDK's client, with this hub's channels and methods. */
export interface HubClient
  extends Omit<
    Centrifuge,
    "newSubscription" | "getSubscription" | "removeSubscription" | "publish" | "history" | "rpc" | "send" | "setData"
  > {
  newSubscription<C extends Channel>(
    channel: C,
    ...options: undefined extends JoinData<C> ? [options?: HubSubscriptionOptions<C>] : [options: HubSubscriptionOptions<C>]
  ): HubSubscription<C>;
  getSubscription<C extends Channel>(channel: C): HubSubscription<C> | null;
  removeSubscription(subscription: { readonly channel: Channel } | null): void;
  publish<C extends Channel>(channel: C, data: Publishable<C>): Promise<PublishResult>;
  history<C extends Channel>(channel: C, options?: HistoryOptions): Promise<HubHistory<C>>;
  rpc<M extends keyof Methods>(
    method: M, ...data: Given<Methods[M]["params"]>
  ): Promise<Omit<RpcResult, "data"> & { data: Methods[M]["result"] }>;
  send(...data: Given<ClientMessage>): Promise<void>;
  setData(data: ConnectData): void;
}

/** The same client, as TypeScript is to see it. */
export function typed(client: Centrifuge): HubClient {
  return client as unknown as HubClient;
}
