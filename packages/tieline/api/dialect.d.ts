// What 'tieline/dialect' exports. Made by `npm run api`; a change here is a change for users.

export interface AnyOf {
  readonly name: string;
  readonly among: readonly Protocol[];
  readonly unit: 'bytes' | 'message';
}

export interface Cancel {
  readonly kind: 'cancel';
  readonly id: number;
}

export interface Credit {
  readonly kind: 'credit';
  readonly id: number;
  readonly from: Side;
  readonly bytes: number;
}

export interface Dialect<W> {
  readonly can: Readonly<Partial<Record<Envelope['kind'], true>>>;
  write(envelope: Envelope, out: (value: W) => void): void;
  read(value: W, emit: (envelope: Envelope) => void, reply?: (value: W) => void): void;
  readonly direct?: Wire<Envelope>;
}

export interface End {
  readonly kind: 'end';
  readonly id: number;
  readonly from: Side;
}

export type Envelope = Request | Result | Failure | Notify | Item | End | Credit | Cancel | Hello | Goaway | Ping | Pong;

export interface Failure {
  readonly kind: 'error';
  readonly id: number;
  readonly error: WireError;
}

export interface Goaway {
  readonly kind: 'goaway';
  readonly error: WireError | undefined;
}

export interface Hello {
  readonly kind: 'hello';
  readonly major: number;
  readonly minor: number;
  readonly serves: ServedContract | undefined;
  readonly expects: ServedContract | undefined;
}

export interface Item {
  readonly kind: 'item';
  readonly id: number;
  readonly from: Side;
  readonly value: unknown;
}

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface JsonRpcErrors {
  write(error: WireError): JsonRpcError;
  read(error: JsonRpcError): WireError;
}

export interface JsonRpcOptions {
  readonly framing: 'lines' | 'content-length' | 'message';
  readonly params?: 'object' | 'array';
  readonly absentParams?: 'omit' | 'empty';
  readonly cancel?: string | false;
  readonly maxBytes?: number;
  readonly errors?: Partial<JsonRpcErrors>;
}

export interface MessagePackRpcOptions extends MessagePackOptions {
  readonly errors?: 'text' | 'map';
}

export type Metadata = Readonly<Record<string, string>>;

export interface NativeOptions {
  readonly over?: 'bytes' | 'messages';
}

export interface Notify {
  readonly kind: 'notify';
  readonly method: string;
  readonly params: unknown;
  readonly meta: Metadata | undefined;
}

export interface Ping {
  readonly kind: 'ping';
  readonly token: number;
}

export interface Pong {
  readonly kind: 'pong';
  readonly token: number;
}

export interface Protocol<W = unknown> {
  readonly name: string;
  readonly params: 'value' | 'positional' | 'named';
  readonly wire: Wire<W>;
  dialect(limits?: Limits): Dialect<W>;
  recognises?(head: Uint8Array): boolean | undefined;
}

export interface Request {
  readonly kind: 'request';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly window: number | undefined;
  readonly timeout: number | undefined;
  readonly meta: Metadata | undefined;
}

export interface Result {
  readonly kind: 'result';
  readonly id: number;
  readonly value: unknown;
}

export interface ServedContract {
  readonly name: string;
  readonly version: string;
}

export type Side = 'caller' | 'callee';

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

export function anyOf(...among: readonly Protocol[]): AnyOf;

export function jsonRpc(options: JsonRpcOptions): Protocol;

export function jsonRpcCode({ code }: {
  readonly code: string;
}): number;

export const jsonRpcErrors: JsonRpcErrors;

export function msgpackRpc(options?: MessagePackRpcOptions): Protocol;

export function native(options?: NativeOptions): Protocol;
