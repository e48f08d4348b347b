// What 'tieline/wire' exports. Made by `npm run api`; a change here is a change for users.

export class ByteSink {
  #private;
  bytes: Uint8Array;
  view: DataView;
  position: number;
  get length(): number;
  room(count: number): void;
  append(chunk: Uint8Array): void;
  last(count: number): readonly Uint8Array[];
  giveBack(head: Uint8Array, at: number, count: number): void;
  mark(): void;
  rollback(): void;
  take(): Uint8Array | readonly Uint8Array[] | undefined;
  recycle(): void;
  release(): void;
}

export interface Wire<W> {
  readonly unit: 'bytes' | 'message';
  encode(value: W, out: ByteSink, limits: Limits): void;
  decoder(limits: Limits): WireDecoder<W>;
}

export interface WireDecoder<W> {
  push(chunk: Uint8Array, emit: (value: W, bytes: number) => void): void;
  room?(): Uint8Array | undefined;
  readonly pending: number;
  readonly fresh?: boolean;
  end(): void;
}

export function framed<W>(framer: Framer, codec: Codec<W>): Wire<W>;

export function perMessage<W>(codec: Codec<W>): Wire<W>;

export function selfDelimiting<W>(codec: SelfDelimitingCodec<W>): Wire<W>;
