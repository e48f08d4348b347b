// What 'tieline' exports. Made by `npm run api`; a change here is a change for users.

export interface AnyOf {
  readonly name: string;
  readonly among: readonly Protocol[];
  readonly unit: 'bytes' | 'message';
}

export interface BackoffOptions {
  readonly base?: Duration;
  readonly cap?: Duration;
  readonly random?: () => number;
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

export interface CallDefinition<Input, Output, Items, Errors> extends Shared<Input, Errors> {
  readonly output?: Output;
  readonly items?: Items;
  readonly idempotent?: boolean;
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

export type Client<C extends Contract, Checked extends boolean = false> = {
  readonly [Name in keyof C['methods']]: ClientMethod<C['methods'][Name], Checked>;
};

export interface ClientConnection {
  readonly endpoint: string;
  readonly status: ConnectionStatus;
  readonly peer: Peer | undefined;
  watch(watcher: (status: ConnectionStatus) => void): () => void;
  close(): Promise<void>;
  abort(reason?: Error): void;
}

export type ClientMethod<M extends Method, Checked extends boolean = false> = M['kind'] extends 'notify' ? (...args: Arguments<Sent<M['input']>, NotifyOptions>) => void : M['kind'] extends 'stream' ? (...args: MethodArguments<M>) => AsyncIterableIterator<Answer<M, Checked>> : M['output'] extends undefined ? (...args: MethodArguments<M>) => Promise<void> : (...args: MethodArguments<M>) => Promise<Answer<M, Checked>>;

export interface ClientOptions<Checked extends boolean = boolean> {
  readonly params?: Protocol['params'];
  readonly validate?: {
    readonly output?: Checked;
  };
}

export interface Clock {
  now(): number;
  after(ms: number, run: () => void): Timer;
  soon(run: () => void): void;
}

export interface ConnectOptions<Checked extends boolean = boolean> {
  readonly at: string | Transport;
  readonly protocol?: Protocol;
  readonly offers?: Implementation;
  readonly timeout?: Duration;
  readonly signal?: AbortSignal;
  readonly background?: boolean;
  readonly reconnect?: BackoffOptions | false;
  readonly whileDisconnected?: 'wait' | 'fail';
  readonly resumed?: (method: string) => void;
  readonly hold?: boolean;
  readonly validate?: {
    readonly output?: Checked;
  };
  readonly limits?: Partial<Limits>;
  readonly observe?: Observer;
  readonly heartbeat?: Duration | false;
  readonly clock?: Clock;
}

export type ConnectedClient<C extends Contract, Checked extends boolean = false> = Client<C, Checked> & {
  readonly $connection: ClientConnection;
  [Symbol.asyncDispose](): Promise<void>;
};

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

export interface Context<Item = never> extends Omit<Call, 'items' | 'params'> {
  readonly items: AsyncIterable<Item>;
}

export interface Contract<M extends Methods = Methods> {
  readonly name: string;
  readonly version: string;
  readonly methods: M;
}

export const DESCRIBE = "tieline.describe";

export interface DeadlineOptions {
  readonly default?: Duration;
  readonly max?: Duration;
  readonly clock?: Clock;
}

export interface Declared<Code extends string, Data> extends TielineError {
  readonly code: Code;
  readonly data: Data;
  readonly origin: 'remote';
}

export type DeclaredError<M extends Method> = {
  [Code in keyof M['errors'] & string]: Declared<Code, M['errors'][Code] extends Schema ? Sent<M['errors'][Code]> : unknown>;
}[keyof M['errors'] & string];

export class DerivedCall implements Call {
  readonly method: string;
  readonly kind: Call['kind'];
  readonly params: unknown;
  protected readonly original: Call;
  constructor(original: Call, params: unknown);
  get meta(): Call['meta'];
  get signal(): AbortSignal;
  get draining(): AbortSignal;
  get items(): AsyncIterable<unknown>;
  get peer(): Caller;
  remaining(): number;
}

export interface Description {
  readonly name: string;
  readonly version: string;
  readonly methods: readonly MethodDescription[];
}

export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

export type ErrorSchemas = Readonly<Record<string, Schema | true>>;

export interface Failure {
  readonly error: unknown;
}

export type Handler<M extends Method> = (params: Received<M['input']>, context: Context<M['items'] extends undefined ? never : Received<M['items']>>) => HandlerAnswer<M>;

export type Handlers<C extends Contract> = {
  readonly [Name in keyof C['methods']]: Handler<C['methods'][Name]>;
};

export type HandlersFor<C extends Contract> = Handlers<C> | ((peer: Peer) => Handlers<C> | Implementation);

export interface ImplementOptions {
  readonly layers?: readonly Layer[];
  readonly validate?: {
    readonly input?: boolean;
    readonly output?: boolean;
  };
  readonly describe?: boolean;
}

export interface Implementation<C extends Contract = Contract> {
  readonly contract: C;
  readonly service: Service;
}

export type Input<C extends Contract, Name extends keyof C['methods']> = Sent<C['methods'][Name]['input']>;

export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ItemsOptions<Item> extends MethodOptions {
  readonly items: AsyncIterable<Item> | Iterable<Item>;
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

export type JsonSchema = Readonly<Record<string, unknown>> | true;

export type Layer = (next: Service) => Service;

export interface LimitOptions {
  readonly concurrent?: number;
  readonly queue?: number;
  readonly rate?: {
    readonly calls: number;
    readonly per: Duration;
  };
  readonly each?: 'service' | 'connection';
  readonly clock?: Clock;
}

export interface Limits {
  readonly frameBytes: number;
  readonly depth: number;
  readonly elements: number;
  readonly calls: number;
  readonly streams: number;
  readonly queuedBytes: number;
  readonly windowBytes: number;
  readonly connections: number;
  readonly firstFrameMs: number;
  readonly partialFrameMs: number;
  readonly callMs: number;
  readonly drainMs: number;
}

export interface LogOptions {
  readonly clock?: Clock;
}

export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export interface MessagePackRpcOptions extends MessagePackOptions {
  readonly errors?: 'text' | 'map';
}

export interface Method<Kind extends MethodKind = MethodKind, Input extends Schema | undefined = Schema | undefined, Output extends Schema | undefined = Schema | undefined, Items extends Schema | undefined = Schema | undefined, Errors extends ErrorSchemas = ErrorSchemas> {
  readonly kind: Kind;
  readonly input: Input;
  readonly output: Output;
  readonly items: Items;
  readonly errors: Errors;
  readonly params: readonly string[] | 'array' | undefined;
  readonly summary: string | undefined;
  readonly idempotent: boolean;
  readonly resumable: boolean;
}

export interface MethodDescription {
  readonly name: string;
  readonly kind: MethodKind;
  readonly summary?: string;
  readonly input?: JsonSchema;
  readonly output?: JsonSchema;
  readonly items?: JsonSchema;
  readonly params?: readonly string[] | 'array';
  readonly errors?: readonly {
    readonly code: string;
    readonly data?: JsonSchema;
  }[];
  readonly idempotent?: true;
  readonly resumable?: true;
}

export type MethodKind = 'call' | 'stream' | 'notify';

export interface MethodMetrics {
  readonly count: number;
  readonly inFlight: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly totalMs: number;
  readonly durations: readonly number[];
}

export interface MethodOptions extends Omit<CallOptions, 'items'> {
}

export interface MethodSchemas {
  readonly input?: Schema | undefined;
  readonly output?: Schema | undefined;
  readonly items?: Schema | undefined;
}

export type Methods = Readonly<Record<string, Method>>;

export interface Metrics {
  readonly layer: Layer;
  snapshot(): MetricsSnapshot;
  prometheus(): string;
}

export interface MetricsOptions {
  readonly bucketsMs?: readonly number[];
  readonly clock?: Clock;
}

export interface MetricsSnapshot {
  readonly bucketsMs: readonly number[];
  readonly methods: Readonly<Record<string, MethodMetrics>>;
}

export interface NativeOptions {
  readonly over?: 'bytes' | 'messages';
}

export type NoErrors = Readonly<Record<never, never>>;

export interface NotifyDefinition<Input> {
  readonly input?: Input;
  readonly params?: ParamNames<Input>;
  readonly summary?: string;
}

export interface NotifyOptions extends Pick<CallOptions, 'meta'> {
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

export type Output<C extends Contract, Name extends keyof C['methods']> = Sent<C['methods'][Name]['output']>;

export type ParamNames<Input> = Sent<Input> extends readonly unknown[] ? 'array' : readonly (keyof Sent<Input> & string)[];

export type Params<C extends Contract, Name extends keyof C['methods']> = Received<C['methods'][Name]['input']>;

export interface Part {
  readonly contract: {
    readonly name: string;
    readonly methods: Readonly<Record<string, unknown>>;
  };
  readonly service: Service;
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

export interface Protocol<W = unknown> {
  readonly name: string;
  readonly params: 'value' | 'positional' | 'named';
  readonly wire: Wire<W>;
  dialect(limits?: Limits): Dialect<W>;
  recognises?(head: Uint8Array): boolean | undefined;
}

export type Received<S> = S extends Schema ? StandardSchemaV1.InferOutput<S> : undefined;

export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

export type Sent<S> = S extends Schema ? StandardSchemaV1.InferInput<S> : undefined;

export interface ServeOptions extends ImplementOptions {
  readonly at: string | Transport;
  readonly protocol?: Protocol | AnyOf;
  readonly expects?: Contract;
  readonly limits?: Partial<Limits>;
  readonly observe?: Observer;
  readonly logger?: Logger;
  readonly heartbeat?: Duration | false;
  readonly clock?: Clock;
  readonly connected?: (peer: Peer) => void;
  readonly failed?: (error: Error) => void;
}

export interface Server {
  readonly endpoint: string;
  readonly peers: ReadonlySet<Peer>;
  hold(alive: boolean): void;
  close(options?: {
    within?: Duration;
  }): Promise<void>;
  abort(reason?: Error): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type Service = (call: Call) => unknown;

export interface StreamDefinition<Input, Output, Items, Errors> extends Shared<Input, Errors> {
  readonly output: Output;
  readonly items?: Items;
  readonly resumable?: boolean;
}

export class TielineError extends Error {
  readonly name = "TielineError";
  readonly code: KnownCode | (string & {});
  readonly origin: ErrorOrigin;
  readonly data: unknown;
  readonly method: string | undefined;
  readonly endpoint: string | undefined;
  readonly sent: 'no' | 'maybe' | undefined;
  readonly crosses: boolean;
  readonly [BRAND]: true;
  constructor(code: KnownCode | (string & {}), message: string, details?: ErrorDetails);
}

export interface Watch<T> {
  item?(value: T): T | PromiseLike<T>;
  error?(thrown: unknown): unknown;
  over?(failure: Failure | undefined): void;
}

export function anyOf(...among: readonly Protocol[]): AnyOf;

export function busyPolling(ms?: number): Clock;

export function call<Input extends Schema | undefined = undefined, Output extends Schema | undefined = undefined, Items extends Schema | undefined = undefined, const Errors extends ErrorSchemas = NoErrors>(definition?: CallDefinition<Input, Output, Items, Errors>): Method<'call', Input, Output, Items, Errors>;

export function client<C extends Contract, const Checked extends boolean = false>(contract: C, caller: Caller, options?: ClientOptions<Checked>): Client<C, Checked>;

export function codeOf(failure: Failure, call: Call): string;

export function connect<C extends Contract, const Checked extends boolean = false>(contract: C, options: ConnectOptions<Checked>): Promise<ConnectedClient<C, Checked>>;

export function contract<const M extends MadeMethods>(definition: {
  readonly name: string;
  readonly version: `${number}.${number}`;
  readonly methods: M;
}): M extends Methods ? Contract<M> : never;

export function deadline(options?: DeadlineOptions): Layer;

export const defaultLimits: Limits;

export function describe(contract: Contract): Description;

export function fail(code: string, message: string, data?: unknown): TielineError;

export function fromPositional(method: Method, received: unknown): unknown;

export function implement<C extends Contract>(contract: C, handlers: Handlers<C>, options?: ImplementOptions): Implementation<C>;

export function isDeclared<M extends Method>(method: M, error: unknown): error is DeclaredError<M>;

export function isTielineError(value: unknown, code?: string): value is TielineError;

export function jsonRpc(options: JsonRpcOptions): Protocol;

export function jsonRpcCode({ code }: {
  readonly code: string;
}): number;

export const jsonRpcErrors: JsonRpcErrors;

export function layered(service: Service, layers: readonly Layer[]): Service;

export function limit(options: LimitOptions): Layer;

export function limitsWith(changes?: Partial<Limits>): Limits;

export function log(logger: Logger, options?: LogOptions): Layer;

export function metrics(options?: MetricsOptions): Metrics;

export function milliseconds(duration: Duration): number;

export function msgpackRpc(options?: MessagePackRpcOptions): Protocol;

export function native(options?: NativeOptions): Protocol;

export function notify<Input extends Schema | undefined = undefined>(definition?: NotifyDefinition<Input>): Method<'notify', Input, undefined, undefined, NoErrors>;

export function positional(contract: Contract): Layer;

export function router(...parts: readonly Part[]): Service;

export function serve<C extends Contract>(contract: C, handlers: HandlersFor<C>, options: ServeOptions): Promise<Server>;

export function stream<Output extends Schema, Input extends Schema | undefined = undefined, Items extends Schema | undefined = undefined, const Errors extends ErrorSchemas = NoErrors>(definition: StreamDefinition<Input, Output, Items, Errors>): Method<'stream', Input, Output, Items, Errors>;

export const systemClock: Clock;

export function toError(thrown: unknown): Error;

export function toNamed(method: Method, input: unknown): unknown;

export function toPositional(method: Method, input: unknown): readonly unknown[];

export function type<T>(): Schema<T, T>;

export function validate(schemas: MethodSchemas): Layer;

export function watched<T>(source: Source<T>, watch: Watch<T>): AsyncIterableIterator<T>;

export function whenOver(next: Service, call: Call, over: (failure: Failure | undefined) => void): unknown;
