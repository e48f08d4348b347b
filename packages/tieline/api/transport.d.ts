// What 'tieline/transport' exports. Made by `npm run api`; a change here is a change for users.

export interface AccessOptions {
  readonly origins?: readonly string[];
  readonly withoutOrigin?: boolean;
  readonly hosts?: readonly string[];
  readonly anyPath?: boolean;
}

export type Allow = 'same-user' | 'anyone' | ((credentials: Credentials) => boolean);

export interface BrowserWebSocketOptions {
  readonly token?: string;
  readonly highWater?: number;
  readonly WebSocket?: new (url: string, protocols: string[]) => Socket;
  readonly clock?: Clock;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stderr?: 'inherit' | 'ignore' | ((chunk: Uint8Array) => void);
  readonly patienceMs?: number;
  readonly highWater?: number;
  readonly clock?: Clock;
}

export interface ConnectOptions {
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
  readonly withinMs?: number;
}

export interface Consumed {
  readonly done: readonly string[];
  readonly taken: readonly string[];
}

export type Endpoint =
{
  readonly scheme: 'local';
  readonly name: string;
}
 | {
  readonly scheme: 'unix';
  readonly path: string;
}
 | {
  readonly scheme: 'pipe';
  readonly name: string;
}
 | {
  readonly scheme: 'stdio';
}
 | {
  readonly scheme: 'ws' | 'wss' | 'mailbox';
  readonly rest: string;
};

export interface Entry {
  readonly message: MailboxMessage;
  readonly text: string;
}

export interface Environment {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number | undefined;
}

export interface ListenOptions {
  readonly limits?: Partial<Limits>;
  readonly accept: (channel: Channel) => void;
  readonly failed?: (error: Error) => void;
}

export interface Listener {
  readonly endpoint: string;
  hold(alive: boolean): void;
  close(): Promise<void>;
}

export interface LocalAddress {
  readonly kind: 'socket' | 'pipe';
  readonly path: string;
  readonly ownDirectory?: string;
}

export interface LocalOptions {
  readonly allow?: Allow;
  readonly server?: Allow;
  readonly mode?: number;
  readonly allowSharedDirectory?: boolean;
  readonly highWater?: number;
  readonly environment?: Environment;
  readonly clock?: Clock;
}

export interface LockOwner {
  readonly pid: number;
  readonly token?: string;
  readonly born?: string;
  readonly host?: string;
}

export class Mailbox {
  #private;
  readonly directory: string;
  readonly side: MailboxSide;
  readonly endpoint: string;
  readonly remote: string;
  readonly writer: MailboxWriter;
  static open(directory: string, side: MailboxSide, options?: MailboxOptions): Promise<Mailbox>;
  private constructor();
  get claimToken(): string | undefined;
  get polling(): boolean;
  claim(hooks: ReaderHooks): Promise<void>;
  done(ids: readonly string[]): void;
  release(): Promise<void>;
  settled(): Promise<void>;
  otherReader(): Promise<LockOwner | undefined>;
  watchOther(watcher: (() => void) | undefined): void;
  otherIsOriginal(): boolean;
  hold(alive: boolean): void;
  close(reason?: Error): Promise<void>;
}

export class MailboxFile {
  #private;
  readonly paths: MailboxPaths;
  readonly system: MailboxSystem;
  readonly clock: Clock;
  readonly report: (report: MailboxReport) => void;
  constructor(directory: string, writer: MailboxSide, options: MailboxOptions);
  writeOften(): void;
  close(): void;
  read(): FileContent & {
    readonly text: string;
  };
  readConsumed(): Consumed | undefined;
  writeConsumed(consumed: Consumed): Promise<void>;
  addConsumed(added: Consumed): boolean;
  underLock<T>(change: (lock: FileLock) => Promise<T>): Promise<T>;
  replace(lock: FileLock, texts: readonly string[]): Promise<boolean>;
  setAside(bad: readonly BadPiece[]): void;
}

export interface MailboxMessage {
  readonly id: string;
  readonly timestamp: number;
  readonly type: 'request' | 'response' | 'event';
  readonly reply_to?: string | null;
  readonly method?: string | null;
  readonly payload: unknown;
  readonly error?: string | null;
}

export interface MailboxOptions {
  readonly access?: 'user' | 'group' | 'everyone';
  readonly overflow?: 'auto' | 'wait' | 'drop-oldest';
  readonly sync?: boolean;
  readonly report?: (report: MailboxReport) => void;
  readonly clock?: Clock;
  readonly system?: MailboxSystem;
}

export type MailboxReport =
{
  readonly kind: 'quarantined';
  readonly path: string;
  readonly count: number;
  readonly reason: string;
}
 | {
  readonly kind: 'dropped';
  readonly count: number;
  readonly total: number;
}
 | {
  readonly kind: 'recovered';
  readonly path: string;
  readonly pid: number;
}
 | {
  readonly kind: 'trouble';
  readonly error: Error;
};

export type MailboxSide = 'backend' | 'frontend';

export interface MailboxSystem {
  read(path: string): string | undefined;
  write(path: string, text: string, mode: number, sync: boolean): void;
  append(path: string, text: string, mode: number): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  touch(path: string): void;
  remove(path: string): void;
  stat(path: string): FileState | undefined;
  list(directory: string): string[];
  makeDirectory(path: string, mode: number): void;
  watch(directory: string, changed: (name: string | undefined) => void): Watch | undefined;
  isRemote(directory: string): boolean;
  readonly renameMayBeRefused: boolean;
  self(): Promise<Identity>;
  isAlive(owner: Owner): Promise<boolean>;
  now(): number;
}

export interface MailboxTransportOptions extends MailboxOptions {
  readonly content?: 'connections' | 'messages';
}

export type NewMessage = Omit<MailboxMessage, 'id' | 'timestamp'> & {
  readonly id?: string;
};

export interface ReaderHooks {
  readonly arrived: (received: readonly Received[]) => void;
  readonly wants?: ((message: MailboxMessage) => boolean) | undefined;
  readonly lost?: ((error: TielineError) => void) | undefined;
}

export interface Received {
  readonly message: MailboxMessage;
  readonly text: string;
  readonly again: boolean;
}

export interface SendOptions {
  readonly keep?: boolean;
  readonly bulk?: boolean;
  readonly urgent?: boolean;
  readonly hold?: boolean;
}

export interface Sending {
  readonly id: string;
  readonly written: Promise<void>;
  withdraw(reason: Error): boolean;
}

export interface StdioOptions {
  readonly input?: Readable;
  readonly output?: Writable;
  readonly highWater?: number;
  readonly clock?: Clock;
}

export interface Transport {
  readonly endpoint: string;
  readonly unit?: Channel['unit'];
  listen(options: ListenOptions): Promise<Listener>;
  connect(options?: ConnectOptions): Promise<Channel>;
}

export interface TransportOptions {
  readonly local?: LocalOptions;
  readonly stdio?: StdioOptions;
  readonly mailbox?: MailboxTransportOptions;
  readonly websocket?: WebSocketOptions;
}

export interface WebSocketOptions extends AccessOptions, WebSocketTuning {
  readonly token?: string | false;
  readonly tls?: SecureContextOptions;
  readonly over?: string;
  readonly allowRemote?: boolean;
  readonly subprotocol?: string | false;
}

export interface WebSocketTransport extends Transport {
  readonly unit: 'message';
  readonly token: string | undefined;
}

export interface WebSocketTuning {
  readonly highWater?: number;
  readonly fragments?: number;
  readonly pingMs?: number | false;
  readonly clock?: Clock;
}

export function websocket(endpoint: string, options?: BrowserWebSocketOptions): Transport;

export function child(command: string, args?: readonly string[], options?: ChildOptions): Transport;

export function local(endpoint: string, options?: LocalOptions): Transport;

export function localAddress(text: string, environment?: Environment): LocalAddress;

export function lockOwner(system: MailboxSystem, path: string): LockOwner | undefined;

export const machine: MailboxSystem;

export function mailbox(endpoint: string, options?: MailboxTransportOptions): Transport;

export function mailboxAddress(text: string): {
  directory: string;
  side: MailboxSide;
};

export function mayLive(system: MailboxSystem, owner: LockOwner): Promise<boolean>;

export function messageFault(value: unknown): string | undefined;

export const ownerPath: (directory: string, side: MailboxSide) => string;

export function parseEndpoint(text: string): Endpoint;

export function parseFile(text: string): FileContent;

export function stdio(options?: StdioOptions): Transport;

export function transportFor(endpoint: string, options?: TransportOptions): Promise<Transport>;

export function websocket(endpoint: string, options?: WebSocketOptions): WebSocketTransport;
