// What 'tieline/peer' exports. Made by `npm run api`; a change here is a change for users.

export interface AcceptOptions {
  readonly protocol: Protocol | AnyOf;
  readonly accepted: (channel: Channel, protocol: Protocol) => void;
  readonly failed?: ((error: Error) => void) | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly clock?: Clock | undefined;
}

export class Acceptor {
  #private;
  constructor(options: AcceptOptions);
  get undecided(): number;
  accept(channel: Channel): void;
  abort(reason: Error): void;
}

export interface Call {
  readonly method: string;
  readonly kind: 'call' | 'stream' | 'notify';
  readonly params: unknown;
  readonly meta: Metadata;
  readonly signal: AbortSignal;
  readonly draining: AbortSignal;
  remaining(): number;
  readonly items: AsyncIterable<unknown>;
  readonly peer: Caller;
}

export interface CallEvent extends ConnectionInfo {
  readonly method: string;
  readonly kind: 'call' | 'stream' | 'notify';
  readonly side: 'caller' | 'callee';
}

export interface CallFinishedEvent extends CallEvent {
  readonly milliseconds: number;
  readonly code: string;
}

export interface CallOptions {
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
  readonly meta?: Metadata;
  readonly items?: AsyncIterable<unknown> | Iterable<unknown>;
  readonly within?: Pick<Call, 'signal' | 'remaining'>;
}

export interface Caller {
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown>;
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void;
}

export interface ConnectionInfo {
  readonly connection: number;
  readonly endpoint: string | undefined;
  readonly credentials: Credentials | undefined;
}

export interface DropEvent extends ConnectionInfo {
  readonly what: 'late-answer' | 'late-item' | 'notification';
  readonly count: number;
}

export interface HandlerFailedEvent extends ConnectionInfo {
  readonly method: string;
  readonly error: unknown;
}

export interface Observer {
  opened?(event: ConnectionInfo): void;
  closed?(event: ConnectionInfo & {
    readonly why: CloseInfo;
  }): void;
  started?(event: CallEvent): void;
  finished?(event: CallFinishedEvent): void;
  dropped?(event: DropEvent): void;
  handlerFailed?(event: HandlerFailedEvent): void;
}

export class Peer implements Caller {
  #private;
  constructor(channel: Channel, options: PeerOptions);
  get protocol(): Protocol;
  get identity(): Channel['remote'];
  get ready(): Promise<void>;
  get draining(): Promise<void>;
  get closed(): Promise<CloseInfo>;
  get remote(): Hello | undefined;
  get state(): PeerState;
  get load(): PeerLoad;
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  request(method: string, params: unknown, options: CallOptions | undefined, resolve: (value: unknown) => void, reject: Reject): void;
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown>;
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void;
  ping(options?: {
    timeout?: Duration;
  }): Promise<number>;
  close(options?: {
    within?: Duration;
  }): Promise<void>;
  abort(reason?: Error): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PeerLoad {
  readonly outgoing: number;
  readonly incoming: number;
  readonly streams: number;
  readonly queuedBytes: number;
}

export interface PeerOptions {
  readonly protocol: Protocol;
  readonly role: 'client' | 'server';
  readonly service?: Service | undefined;
  readonly serves?: ServedContract | undefined;
  readonly expects?: ServedContract | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly clock?: Clock | undefined;
  readonly observe?: Observer | undefined;
  readonly heartbeat?: Duration | false | undefined;
  readonly among?: Set<Caller> | undefined;
  readonly hold?: boolean | undefined;
}

export type PeerState = 'greeting' | 'open' | 'draining' | 'closed';

export type Service = (call: Call) => unknown;
