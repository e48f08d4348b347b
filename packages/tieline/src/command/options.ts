// The options of a command as data, and what they are once they are read: one description makes the
// reading, the types and the help.

interface Common {
  /** One letter: `-n` beside `--count`. */
  readonly short?: string
  /** What its help says. Without it the option works and is not in the help. */
  readonly about?: string
}

interface Valued extends Common {
  /** How its value is written in the help: `NAME`. */
  readonly value: string
  /** The command cannot do without it. */
  readonly required?: true
}

/** One option of a command. `about` is its help; without it the option works and is not listed. */
export type Option =
  /** On or off. */
  | (Common & { readonly kind: 'flag' })
  /** With `oneOf`, one of these and nothing else. */
  | (Valued & { readonly kind: 'text'; readonly oneOf?: readonly string[] })
  /** A whole number, from `least` up; from 1 where that is not given. */
  | (Valued & { readonly kind: 'number'; readonly least?: number })
  /** '500ms', '5s', '2m' or '1h'; read as milliseconds. */
  | (Valued & { readonly kind: 'duration' })
  /** A text that may be given any number of times. */
  | (Common & { readonly kind: 'repeated'; readonly value: string })

/** By their long names. */
export type Options = Readonly<Record<string, Option>>

/** What one option is read as. */
export type OptionValue<O extends Option> = O extends { readonly kind: 'flag' }
  ? boolean
  : O extends { readonly kind: 'repeated' }
    ? readonly string[]
    : Given<O> | (O extends { readonly required: true } ? never : undefined)

type Given<O extends Option> = O extends { readonly oneOf: readonly (infer Name extends string)[] }
  ? Name
  : O extends { readonly kind: 'text' }
    ? string
    : number

/**
 * How the words behind a command's name are written: `DIR`, `[JSON]` for one that may be left out,
 * `NAME…` and `[NAME…]` for any number of them, as the last.
 */
export type Words = readonly string[]

/** What the words are read as: a tuple, to be taken apart. */
export type WordValues<W extends Words> = number extends W['length']
  ? readonly (string | undefined)[]
  : W extends readonly [infer First extends string, ...infer Rest extends Words]
    ? readonly [...WordValue<First>, ...WordValues<Rest>]
    : readonly []

type WordValue<W extends string> = W extends `[${string}…]`
  ? string[]
  : W extends `${string}…`
    ? [string, ...string[]]
    : W extends `[${string}]`
      ? [string?]
      : [string]

/** A command line that was read. */
export interface Arguments<W extends Words = Words, O extends Options = Options> {
  readonly words: WordValues<W>
  readonly options: { readonly [Name in keyof O]: OptionValue<O[Name]> }
  /** What follows `--`, for a command that takes another command line; undefined without a `--`. */
  readonly rest: readonly string[] | undefined
}
