// What 'tieline/connector' exports. Made by `npm run api`; a change here is a change for users.

export class Backoff {
  #private;
  constructor(options?: BackoffOptions);
  get attempts(): number;
  next(): number;
  stood(milliseconds: number): void;
}

export interface BackoffOptions {
  readonly base?: Duration;
  readonly cap?: Duration;
  readonly random?: () => number;
}

export type ConnectionStatus = {
  readonly state: 'connecting';
} | {
  readonly state: 'connected';
  readonly peer: Peer;
}
 | {
  readonly state: 'waiting';
  readonly error: Error;
  readonly retryInMs: number;
} | {
  readonly state: 'closed';
  readonly error?: Error;
};

export class Connector implements Caller {
  #private;
  constructor(options: ConnectorOptions);
  get status(): ConnectionStatus;
  get endpoint(): string;
  get peer(): Peer | undefined;
  watch(watcher: (status: ConnectionStatus) => void): () => void;
  start(): Promise<void>;
  startInBackground(): void;
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  stream(method: string, params?: unknown, options?: CallOptions): AsyncIterableIterator<unknown>;
  notify(method: string, params?: unknown, options?: Pick<CallOptions, 'meta'>): void;
  close(): Promise<void>;
  abort(reason?: Error): void;
}

export interface ConnectorOptions {
  readonly open: (signal: AbortSignal) => Promise<Peer>;
  readonly endpoint: string;
  readonly reconnect?: BackoffOptions | false | undefined;
  readonly whileDisconnected?: 'wait' | 'fail' | undefined;
  readonly resumable?: ((method: string) => boolean) | undefined;
  readonly resumed?: ((method: string) => void) | undefined;
  readonly callMs?: number | undefined;
  readonly calls?: number | undefined;
  readonly hold?: boolean | undefined;
  readonly clock?: Clock | undefined;
}
