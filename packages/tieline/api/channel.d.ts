// What 'tieline/channel' exports. Made by `npm run api`; a change here is a change for users.

export interface Channel {
  readonly unit: 'bytes' | 'message';
  readonly remote: {
    readonly endpoint?: string;
    readonly credentials?: Credentials;
  };
  open(sink: ChannelSink): void;
  send(data: Uint8Array | readonly Uint8Array[]): boolean;
  readonly buffered: number;
  pause(): void;
  resume(): void;
  hold(alive: boolean): void;
  close(options?: {
    signal?: AbortSignal;
  }): Promise<void>;
  abort(reason: Error): void;
}

export interface ChannelObserver {
  sent?(data: Uint8Array | readonly Uint8Array[]): void;
  received?(chunk: Uint8Array): void;
  closed?(why: CloseInfo): void;
}

export interface ChannelSink {
  message(chunk: Uint8Array): void;
  drained(): void;
  closed(why: CloseInfo): void;
  room?(): Uint8Array | undefined;
}

export interface CloseInfo {
  readonly by: 'local' | 'remote';
  readonly error?: Error;
}

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

export interface MemoryOptions {
  readonly unit?: 'bytes' | 'message';
  readonly highWater?: number;
  readonly latencyMs?: number;
  readonly clock?: Clock;
  readonly endpoint?: string;
}

export interface PeekOptions<T> {
  readonly decide: (head: Uint8Array, last: boolean) => T | undefined;
  readonly most: number;
  readonly withinMs: number;
  readonly decided: (value: T, channel: Channel) => void;
  readonly failed: (error: Error) => void;
  readonly clock?: Clock;
}

export function memoryPair(options?: MemoryOptions): [Channel, Channel];

export function peek<T>(channel: Channel, options: PeekOptions<T>): (reason: Error) => void;

export function tap(channel: Channel, observer: ChannelObserver): Channel;
