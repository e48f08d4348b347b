// What 'tieline/service' exports. Made by `npm run api`; a change here is a change for users.

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

export interface DeadlineOptions {
  readonly default?: Duration;
  readonly max?: Duration;
  readonly clock?: Clock;
}

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

export interface Failure {
  readonly error: unknown;
}

export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

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

export interface LogOptions {
  readonly clock?: Clock;
}

export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export interface MethodMetrics {
  readonly count: number;
  readonly inFlight: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly totalMs: number;
  readonly durations: readonly number[];
}

export interface MethodSchemas {
  readonly input?: Schema | undefined;
  readonly output?: Schema | undefined;
  readonly items?: Schema | undefined;
}

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

export interface Part {
  readonly contract: {
    readonly name: string;
    readonly methods: Readonly<Record<string, unknown>>;
  };
  readonly service: Service;
}

export type Received<S> = S extends Schema ? StandardSchemaV1.InferOutput<S> : undefined;

export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

export type Sent<S> = S extends Schema ? StandardSchemaV1.InferInput<S> : undefined;

export type Service = (call: Call) => unknown;

export interface Watch<T> {
  item?(value: T): T | PromiseLike<T>;
  error?(thrown: unknown): unknown;
  over?(failure: Failure | undefined): void;
}

export function codeOf(failure: Failure, call: Call): string;

export function deadline(options?: DeadlineOptions): Layer;

export function layered(service: Service, layers: readonly Layer[]): Service;

export function limit(options: LimitOptions): Layer;

export function log(logger: Logger, options?: LogOptions): Layer;

export function metrics(options?: MetricsOptions): Metrics;

export function router(...parts: readonly Part[]): Service;

export function validate(schemas: MethodSchemas): Layer;

export function watched<T>(source: Source<T>, watch: Watch<T>): AsyncIterableIterator<T>;

export function whenOver(next: Service, call: Call, over: (failure: Failure | undefined) => void): unknown;
