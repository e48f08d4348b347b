// Reads a command line by a command's words and options.
import { parseArgs } from 'node:util'
import { type Synopsis, synopsis, usage } from './usage.js'

export interface Option {
  readonly short?: string
  /** Whether a value follows. Otherwise it is on or off. */
  readonly takesValue?: boolean
  readonly repeatable?: boolean
}

export class Arguments {
  readonly words: readonly string[]
  /** What follows `--`; undefined when there is no `--`. */
  readonly program: readonly string[] | undefined
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    words: readonly string[],
    program: readonly string[] | undefined,
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.words = words
    this.program = program
    this.#values = values
  }

  has(option: string): boolean {
    return this.#values.has(option)
  }

  /** The last one given. */
  value(option: string): string | undefined {
    return this.#values.get(option)?.at(-1)
  }

  all(option: string): readonly string[] {
    return this.#values.get(option) ?? []
  }
}

interface Syntax extends Synopsis {
  readonly options: Readonly<Record<string, Option>>
}

/** The arguments behind the command's name, or 'help' where that is asked. Throws `usage`. */
export function readArguments(command: Syntax, argv: readonly string[]): Arguments | 'help' {
  const { program, before } = cut(command, argv)
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { short, takesValue }] of Object.entries(command.options)) {
    options[name] = { type: takesValue ? 'string' : 'boolean', ...(short && { short }) }
  }
  const { tokens } = parseArgs({ args: [...before], options, strict: false, tokens: true })
  const words: string[] = []
  const values = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') return 'help'
    const { name, rawName, value } = token
    const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined
    if (option === undefined) {
      throw usage(
        `${command.name} has no option ${rawName}; superctl ${command.name} --help lists them`,
      )
    }
    if (option.takesValue && !value) throw usage(`${rawName} needs a value`)
    if (!option.takesValue && value !== undefined) throw usage(`${rawName} takes no value`)
    values.set(name, [...(option.repeatable ? (values.get(name) ?? []) : []), value ?? ''])
  }
  checkWords(command, words)
  return new Arguments(words, program, values)
}

function cut(command: Syntax, argv: readonly string[]) {
  const at = argv.indexOf('--')
  if (at < 0) return { before: argv, program: undefined }
  if (!command.program) throw usage(`${command.name} takes no --: ${synopsis(command)}`)
  return { before: argv.slice(0, at), program: argv.slice(at + 1) }
}

function checkWords(command: Syntax, words: readonly string[]): void {
  const missing = command.words.filter((word) => !word.startsWith('[')).slice(words.length)
  if (missing.length > 0) {
    throw usage(`${command.name} needs ${missing.join(' and ')}: ${synopsis(command)}`)
  }
  const many = command.words.at(-1)?.includes('…')
  const extra = words[command.words.length]
  if (extra === undefined || many) return
  throw usage(`${command.name} has no place for '${extra}': ${synopsis(command)}`)
}
