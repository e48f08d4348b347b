// What 'tieline/command' exports. Made by `npm run api`; a change here is a change for users.

export interface Arguments<W extends Words = Words, O extends Options = Options> {
  readonly words: WordValues<W>;
  readonly options: {
    readonly [Name in keyof O]: OptionValue<O[Name]>;
  };
  readonly rest: readonly string[] | undefined;
}

export interface Command extends CommandSpec<Words, Options> {
  readonly words: Words;
  readonly options: Options;
}

export interface CommandEntry {
  readonly summary?: string | Readonly<Record<string, string>>;
  readonly load: () => Promise<Command>;
}

export interface CommandSpec<W extends Words, O extends Options> {
  readonly name: string;
  readonly words?: W;
  readonly rest?: string;
  readonly options?: O;
  readonly usage?: string;
  readonly about: string;
  readonly terms?: Readonly<Record<string, string>>;
  readonly notes?: string;
  readonly example: string | readonly string[];
  readonly exampleTitle?: string;
  readonly endsWell?: boolean;
  run(context: Context<W, O>): Promise<number>;
}

export interface Context<W extends Words = Words, O extends Options = Options> {
  readonly args: Arguments<W, O>;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

export const EXIT: {
  readonly done: 0;
  readonly refused: 1;
  readonly usage: 2;
  readonly unreachable: 3;
  readonly timedOut: 4;
  readonly fault: 70;
  readonly unwritten: 74;
};

export type Explain = (error: TielineError, command: string | undefined) => Explanation | undefined;

export interface Explanation {
  readonly line?: string;
  readonly answer?: string;
}

export interface Guess {
  readonly given: string;
  readonly among: readonly string[];
  readonly otherwise?: string;
}

export type Option =
(Common & {
  readonly kind: 'flag';
})
 | (Valued & {
  readonly kind: 'text';
  readonly oneOf?: readonly string[];
})
 | (Valued & {
  readonly kind: 'number';
  readonly least?: number;
})
 | (Valued & {
  readonly kind: 'duration';
})
 | (Common & {
  readonly kind: 'repeated';
  readonly value: string;
});

export type OptionValue<O extends Option> = O extends {
  readonly kind: 'flag';
} ? boolean : O extends {
  readonly kind: 'repeated';
} ? readonly string[] : Given<O> | (O extends {
  readonly required: true;
} ? never : undefined);

export type Options = Readonly<Record<string, Option>>;

export type Paint = (tone: Tone, text: string) => string;

export interface Process {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Screen;
  readonly stderr: Screen;
  exitCode?: number | string | null | undefined;
  on(signal: keyof typeof SIGNALS, listener: () => void): unknown;
  exit(code: number): void;
}

export interface Program {
  run(process: Process): Promise<void>;
}

export interface ProgramSpec {
  readonly name: string;
  readonly manifest: URL;
  readonly summary: string;
  readonly commands: Readonly<Record<string, CommandEntry>>;
  readonly notes?: string;
  readonly exits?: {
    readonly done?: string;
    readonly refused?: string;
    readonly unreachable?: string;
  };
  readonly example: string;
  readonly exitCodes?: Readonly<Record<string, number>>;
  readonly explain?: () => Promise<Explain>;
  readonly echoMs?: number;
}

export interface Screen extends Pick<Writable, 'write' | 'on' | 'once' | 'off'> {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export class Terminal {
  #private;
  constructor(name: string, out: Screen, err: Screen, env: Readonly<Record<string, string | undefined>>, gone: (error: Error) => void);
  get isTerminal(): boolean;
  get notesSeen(): boolean;
  get draws(): boolean;
  get colours(): boolean;
  get unicode(): boolean;
  resized(listener: () => void): () => void;
  get width(): number;
  get columns(): number;
  get height(): number;
  write(text: string): void;
  readonly paint: Paint;
  print(text: string): Promise<void>;
  note(line: string, tone?: Tone): void;
  fail(message: string): void;
  progress(line: string): void;
}

export type Tone = 'plain' | 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan';

export type WordValues<W extends Words> = number extends W['length'] ? readonly (string | undefined)[] : W extends readonly [infer First extends string, ...infer Rest extends Words] ? readonly [...WordValue<First>, ...WordValues<Rest>] : readonly [];

export type Words = readonly string[];

export function command<const W extends Words = readonly [], const O extends Options = Record<never, never>>(spec: CommandSpec<W, O>): Command;

export function harmless(text: string): string;

export function oneLine(text: string): string;

export function program(spec: ProgramSpec): Program;

export function usage(message: string, guess?: Guess): TielineError;

export function versionOf(manifest: URL): Promise<string>;
