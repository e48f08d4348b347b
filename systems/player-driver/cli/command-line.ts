// Reads a command line by a command's words and options.
import { parseArgs } from 'node:util'
import { Arguments } from './arguments.js'
import type { Command } from './command.js'
import { usage } from './usage.js'

/** The arguments behind the command's name, or 'help' where that is asked. Throws `usage`. */
export function readArguments(command: Command, argv: readonly string[]): Arguments | 'help' {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    // For programs that start this one and end: see main.ts.
    tied: { type: 'boolean' },
  }
  for (const [name, { takesValue }] of Object.entries(command.options)) {
    options[name] = { type: takesValue ? 'string' : 'boolean' }
  }
  const { positionals, values } = parsed(command, argv, options)
  if (values.help === true) return 'help'
  const needed = command.words.filter((word) => !word.startsWith('['))
  if (positionals.length < needed.length) {
    throw usage(`${command.name} needs ${needed.slice(positionals.length).join(' and ')}`)
  }
  const many = command.words.at(-1)?.includes('...')
  const extra = many ? undefined : positionals[command.words.length]
  if (extra !== undefined) throw usage(`${command.name} has no place for '${extra}'`)
  return new Arguments(positionals, values)
}

type Parsed = {
  readonly positionals: string[]
  readonly values: Readonly<Record<string, string | boolean | undefined>>
}

function parsed(
  command: Command,
  argv: readonly string[],
  options: Record<string, { type: 'string' | 'boolean'; short?: string }>,
): Parsed {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true }) as Parsed
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Node's messages speak of code; only their names of options are of use here.
    const option = /'(-[^' ]+)/.exec(message)?.[1] ?? ''
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      throw usage(`${command.name} has no option ${option}`)
    }
    const takesValue = command.options[option.replace(/^-+/, '')]?.takesValue === true
    throw usage(takesValue ? `${option} needs a value` : `${option} takes no value`)
  }
}
