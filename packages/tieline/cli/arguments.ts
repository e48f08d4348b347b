// Reads a command line by a command's words and options.
import { parseArgs } from 'node:util'
import { usage } from './usage.js'

export interface Option {
  readonly short?: string
  /** Whether a value follows. Otherwise it is on or off. */
  readonly takesValue?: boolean
  /** What its value is, for an option that the command cannot do without. */
  readonly required?: string
}

/** How a command is written. */
export interface Syntax {
  readonly name: string
  /** What stands after the name, in order; the optional ones in brackets. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, Option>>
}

/** `tieline call ENDPOINT METHOD [JSON]` */
export function synopsis(command: Syntax): string {
  const required = requiredOptions(command).map(([, written]) => written)
  return ['tieline', command.name, ...command.words, ...required].join(' ')
}

function requiredOptions({ options }: Syntax): [name: string, written: string][] {
  return Object.entries(options).flatMap(([name, { required }]) =>
    required === undefined ? [] : [[name, `--${name} ${required}`] as [string, string]],
  )
}

export class Arguments {
  readonly #words: readonly string[]
  readonly #values: ReadonlyMap<string, string>

  constructor(words: readonly string[], values: ReadonlyMap<string, string>) {
    this.#words = words
    this.#values = values
  }

  /** A word that the command must have: `readArguments` has made sure of it. */
  word(index: number): string {
    return this.#words[index] as string
  }

  optionalWord(index: number): string | undefined {
    return this.#words[index]
  }

  has(option: string): boolean {
    return this.#values.has(option)
  }

  value(option: string): string | undefined {
    return this.#values.get(option)
  }
}

// A word, not an option: `tieline call local:sums add -5` should just work.
const NEGATIVE_NUMBER = /^-\.?\d/

/** The arguments behind the command's name, or 'help' where that is asked. Throws `usage`. */
export function readArguments(command: Syntax, argv: readonly string[]): Arguments | 'help' {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { short, takesValue }] of Object.entries(command.options)) {
    options[name] = { type: takesValue ? 'string' : 'boolean', ...(short && { short }) }
  }
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  const words: string[] = []
  const values = new Map<string, string>()
  let last = -1
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      words.push(token.value)
      continue
    }
    const written = argv[token.index] as string
    if (NEGATIVE_NUMBER.test(written)) {
      // `-12` comes as the two options 1 and 2 at the same place.
      if (token.index !== last) words.push(written)
      last = token.index
      continue
    }
    if (token.name === 'help') return 'help'
    values.set(token.name, checkedValue(command, token))
  }
  checkWords(command, words, values)
  return new Arguments(words, values)
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
}

function checkedValue(command: Syntax, { name, rawName, value }: OptionToken): string {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined
  if (option === undefined) {
    throw usage(`${command.name} has no option ${rawName}`, {
      given: rawName,
      among: ['help', ...Object.keys(command.options)].map((known) => `--${known}`),
      otherwise: `tieline ${command.name} --help lists them`,
    })
  }
  if (option.takesValue === true) {
    if (value !== undefined && value !== '') return value
    throw usage(`${rawName} needs a value; tieline ${command.name} --help has an example`)
  }
  if (value !== undefined) throw usage(`${rawName} takes no value, and was given '${value}'`)
  return ''
}

function checkWords(
  command: Syntax,
  words: readonly string[],
  values: ReadonlyMap<string, string>,
): void {
  const missing = command.words.filter((word) => !word.startsWith('[')).slice(words.length)
  for (const [name, written] of requiredOptions(command)) {
    if (!values.has(name)) missing.push(written)
  }
  if (missing.length > 0) {
    throw usage(`${command.name} needs ${missing.join(' and ')}: ${synopsis(command)}`)
  }
  const extra = words[command.words.length]
  if (extra === undefined) return
  const hint = command.words.includes('[JSON]') ? `; quote the JSON, as in '{"a": 1}'` : ''
  throw usage(`${command.name} has no place for '${extra}': ${synopsis(command)}${hint}`)
}
