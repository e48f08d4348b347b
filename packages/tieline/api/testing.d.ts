// What 'tieline/testing' exports. Made by `npm run api`; a change here is a change for users.

export interface ChannelFaults {
  readonly seed?: number;
  readonly split?: number;
  readonly join?: number;
  readonly delayMs?: number;
  readonly duplicate?: number;
  readonly drop?: number;
  readonly stallAfter?: number;
  readonly halfCloseAfter?: number;
  readonly clock?: Clock;
}

export interface ChannelPair {
  readonly left: Channel;
  readonly right: Channel;
  readonly cleanup?: () => void | Promise<void>;
}

export interface CodecSuiteOptions<W> {
  readonly values: fc.Arbitrary<W>;
  readonly expected?: (value: W) => unknown;
  readonly whole?: fc.Arbitrary<W> | undefined;
  readonly sized: (bytes: number) => W;
  readonly refused: Readonly<Record<string, () => unknown>>;
  readonly hostile: Readonly<Record<string, HostileBytes>>;
  readonly nested?: (depth: number) => W;
  readonly protoKeys?: Readonly<Record<string, Uint8Array>>;
}

export interface DialectSuiteOptions {
  readonly reads?: (envelope: Envelope) => Envelope;
  readonly malformed: readonly unknown[];
  readonly samples?: readonly Envelope[];
  readonly others?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class FakeClock implements Clock {
  #private;
  constructor(start?: number);
  get timers(): number;
  get held(): number;
  now(): number;
  after(ms: number, run: () => void): Timer;
  soon(run: () => void): void;
  advance(ms: number): void;
  pass(ms: number, steps?: number): Promise<void>;
  standStill(ms: number): void;
}

export interface Fault {
  broken: boolean;
  readonly calls: number;
  readonly failures: number;
  readonly failed: Promise<void>;
}

export interface FaultPlan<T> {
  readonly calls: readonly (keyof T & string)[];
  readonly at?: number;
  readonly only?: string;
  readonly moment?: 'before' | 'middle' | 'after';
  readonly error: string | (() => Error);
  readonly once?: boolean;
  readonly rejects?: boolean;
}

export class FaultyChannel implements Channel {
  #private;
  readonly unit: 'bytes' | 'message';
  readonly remote: Channel['remote'];
  readonly seed: number;
  constructor(channel: Channel, faults: ChannelFaults);
  get buffered(): number;
  stall(still?: boolean): void;
  halfClose(): void;
  open(sink: ChannelSink): void;
  send(data: Uint8Array | readonly Uint8Array[]): boolean;
  pause(): void;
  resume(): void;
  hold(alive: boolean): void;
  close(options?: {
    signal?: AbortSignal;
  }): Promise<void>;
  abort(reason: Error): void;
}

export interface FramerSuiteOptions {
  emptyBody: EmptyBody | 'impossible';
  emptyFrame?: Uint8Array;
  pastLimit(frameBytes: number): readonly Uint8Array[];
  malformed?: readonly Uint8Array[];
  longestBody?: number;
  shortestBody?: number;
}

export type FuzzTarget = (bytes: Uint8Array) => void;

export interface PeerSuiteParts {
  readonly protocol: () => Protocol;
  readonly pair: () => ChannelPair | Promise<ChannelPair>;
}

export class Program {
  #private;
  readonly lines: string[];
  readonly exit: Promise<Exit>;
  constructor(code: string, options?: ProgramOptions);
  get pid(): number;
  get isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  line(beginning: string): Promise<string>;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly killAt?: string;
}

export const ROUGH: ChannelFaults;

export class RawSide {
  #private;
  readonly received: unknown[];
  closed: CloseInfo | undefined;
  constructor(channel: Channel, protocol: Protocol, limits?: Limits);
  send(...values: unknown[]): void;
  sendBytes(bytes: Uint8Array): void;
  bytes(...values: unknown[]): Uint8Array;
  heard(): Promise<unknown[]>;
  deaf(deaf: boolean): void;
  abort(): void;
}

export interface TransportSetup {
  readonly server: Transport;
  readonly client: Transport;
  readonly cleanup?: () => void | Promise<void>;
}

export interface WireSuiteOptions<W> {
  large?: readonly W[];
  around?: number;
}

export function channelSuite(name: string, makePair: () => ChannelPair | Promise<ChannelPair>): void;

export function checkKeys(value: unknown, depth?: number): void;

export function codecSuite<W>(name: string, makeCodec: () => Codec<W>, options: CodecSuiteOptions<W>): void;

export function codecTarget<W>(codec: Codec<W>): FuzzTarget;

export function dialectSuite(name: string, makeProtocol: () => Protocol, options: DialectSuiteOptions): void;

export function endPrograms(): Promise<void>;

export function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>>;

export function failingAt<T extends object>(target: T, plan: FaultPlan<T>): {
  readonly system: T;
  readonly fault: Fault;
};

export function faultyPair([left, right]: readonly [Channel, Channel], faults: ChannelFaults): [FaultyChannel, FaultyChannel];

export function framerSuite(name: string, makeFramer: () => Framer, options: FramerSuiteOptions): void;

export function framerTarget(framer: Framer): FuzzTarget;

export function keepRunning(code: string, options?: ProgramOptions): {
  ended: Promise<void>;
  kill: (signal?: NodeJS.Signals) => void;
  stop(): Promise<void>;
};

export function later<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
};

export function nextSeed(): number;

export function peerSuite(name: string, parts: PeerSuiteParts): void;

export function protocolTarget(protocol: Protocol): FuzzTarget;

export function refusedOr<T>(read: () => T): {
  readonly is: T;
} | undefined;

export function settled(turns?: number): Promise<void>;

export function transportSuite(name: string, makeSetup: () => TransportSetup | Promise<TransportSetup>): void;

export function until(what: string, isSo: () => boolean): Promise<void>;

export function wireSuite<W>(name: string, makeWire: () => Wire<W>, values: readonly W[], options?: WireSuiteOptions<W>): void;

export function wireTarget<W>(wire: Wire<W>): FuzzTarget;
