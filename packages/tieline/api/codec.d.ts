// What 'tieline/codec' exports. Made by `npm run api`; a change here is a change for users.

export interface Codec<W> {
  encode(value: W, out: ByteSink): void;
  decode(bytes: Uint8Array, start: number, end: number, lent: boolean, limits: Limits): W;
}

export class Extension {
  readonly type: number;
  readonly data: Uint8Array;
  readonly [BRAND]: true;
  constructor(type: number, data: Uint8Array);
}

export interface ExtensionType<T = unknown> {
  readonly type: number;
  matches(value: object): boolean;
  encode(value: T): Uint8Array;
  decode(data: Uint8Array): T;
}

export const INCOMPLETE: unique symbol;

export interface JsonOptions {
  readonly maxDepth?: number;
}

export interface MessagePackOptions {
  readonly extensions?: readonly ExtensionType[];
  readonly maxDepth?: number;
}

export interface Scanner {
  scan(bytes: Uint8Array, start: number, end: number): number;
  readonly atLeast: number;
  reset(): void;
}

export interface SelfDelimitingCodec<W> extends Codec<W> {
  scanner(limits: Limits): Scanner;
  decodePrefix(bytes: Uint8Array, start: number, limit: number, lent: boolean, limits: Limits, end: {
    at: number;
  }): W | typeof INCOMPLETE;
}

export function encoded<W>(codec: Pick<Codec<W>, 'encode'>, value: W): Uint8Array;

export function isExtension(value: object): value is Extension;

export function json(options?: JsonOptions): Codec<unknown>;

export function messagePack(options?: MessagePackOptions): SelfDelimitingCodec<unknown>;

export function raw(): Codec<Uint8Array>;
