// What 'tieline/framing' exports. Made by `npm run api`; a change here is a change for users.

export interface ContentLengthOptions {
  emptyBody?: EmptyBody;
}

export type EmptyBody = 'refuse' | 'skip' | 'take';

export interface FrameDecoder {
  push(chunk: Uint8Array, take: TakeFrame): void;
  room(): Uint8Array | undefined;
  readonly pending: number;
  readonly fresh?: boolean;
  end(): void;
}

export interface Framer {
  readonly headerBytes: number;
  headerBytesFor?(bodyBytes: number): number;
  readonly trailerBytes?: number;
  finish(out: ByteSink, head: Uint8Array, at: number, bodyBytes: number): void;
  decoder(limits: Limits): FrameDecoder;
}

export interface LengthPrefixOptions {
  bytes?: 1 | 2 | 4;
  endian?: 'big' | 'little';
  excludes?: number;
  emptyBody?: EmptyBody;
}

export interface LinesOptions {
  delimiter?: string;
  stripReturn?: boolean;
  emptyBody?: EmptyBody;
}

export type TakeFrame = (bytes: Uint8Array, start: number, end: number, lent: boolean) => void;

export function contentLength(options?: ContentLengthOptions): Framer;

export function lengthPrefix(options?: LengthPrefixOptions): Framer;

export function lines(options?: LinesOptions): Framer;
