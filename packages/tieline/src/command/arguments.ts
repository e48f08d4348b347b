// Reads a command line by a command's words and options.
import { parseArgs } from 'node:util'
import { type Duration, milliseconds } from '../clock.js'
import { type Command, requiredOptions, synopsis } from './command.js'
import type { Arguments, Option, Options } from './options.js'
import { usage } from './usage.js'

type Value = boolean | string | number | readonly string[] | undefined

// A word, not an option: `tieline call local:sums add -5` should just work.
const NEGATIVE_NUMBER = /^-\.?\d/

/** The arguments behind the command's name, or 'help' where that is asked. Throws `usage`. */
export function readArguments(
  program: string,
  command: Command,
  argv: readonly string[],
): Arguments | 'help' {
  const cut = command.rest === undefined ? -1 : argv.indexOf('--')
  const before = cut < 0 ? argv : argv.slice(0, cut)
  const { tokens } = parseArgs({
    args: [...before],
    options: syntaxOf(command.options),
    strict: false,
    tokens: true,
  })
  const words: string[] = []
  const values = new Map<string, Value>(
    Object.entries(command.options).map(([name, { kind }]) => absent(name, kind)),
  )
  let last = -1
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      words.push(token.value)
      continue
    }
    const written = before[token.index] as string
    if (NEGATIVE_NUMBER.test(written)) {
      // `-12` comes as the two options 1 and 2 at the same place.
      if (token.index !== last) words.push(written)
      last = token.index
      continue
    }
    const { name, rawName } = token
    if (name === 'help') return 'help'
    const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined
    if (option === undefined) throw unknownOption(program, command, rawName)
    if (option.kind === 'flag') {
      if (token.value === undefined) values.set(name, true)
      else throw usage(`${rawName} takes no value, and was given '${token.value}'`)
      continue
    }
    // What looks like the next option is that, and not a value; with = it is one.
    const value = !token.inlineValue && token.value?.startsWith('--') ? undefined : token.value
    if (value === undefined || value === '') {
      throw usage(`${rawName} needs a value; ${program} ${command.name} --help has an example`)
    }
    const all = option.kind === 'repeated' && (values.get(name) as readonly string[])
    values.set(name, all ? [...all, value] : read(option, rawName, value))
  }
  checkWords(program, command, words, values)
  const options = Object.fromEntries(values)
  return { words, options, rest: cut < 0 ? undefined : argv.slice(cut + 1) } as Arguments
}

function syntaxOf(options: Options) {
  const syntax: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const [name, { kind, short }] of Object.entries(options)) {
    syntax[name] = { type: kind === 'flag' ? 'boolean' : 'string', ...(short && { short }) }
  }
  return syntax
}

function absent(name: string, kind: Option['kind']): [string, Value] {
  return [name, kind === 'flag' ? false : kind === 'repeated' ? [] : undefined]
}

function unknownOption(program: string, { name, options }: Command, given: string) {
  const known = Object.keys(options).filter((each) => options[each]?.about !== undefined)
  return usage(`${name} has no option ${given}`, {
    given,
    among: ['help', ...known].map((each) => `--${each}`),
    otherwise: `${program} ${name} --help lists them`,
  })
}

/** `name`: as the user wrote it. */
function read(option: Option, name: string, text: string): string | number {
  switch (option.kind) {
    case 'number':
      return wholeNumber(name, text, option.least ?? 1)
    case 'duration':
      return duration(name, text)
    default: {
      const among = option.kind === 'text' ? option.oneOf : undefined
      if (among === undefined || among.includes(text)) return text
      const otherwise = `there are ${among.join(', ')}`
      throw usage(`${name} cannot be '${text}'`, { given: text, among, otherwise })
    }
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && Number.isSafeInteger(number)) return number
  throw usage(`${name} ${text} is no number from ${least} up`)
}

/** 596 hours: past 2^31 ms Node's timers fire at once. */
const LONGEST_MS = 596 * 3_600_000

function duration(name: string, text: string): number {
  const example = 'write 500ms, 5s, 2m or 1h'
  if (/^[\d.]+$/.test(text)) throw usage(`${name} ${text} has no unit; ${example}`)
  let ms: number
  try {
    ms = milliseconds(text as Duration)
  } catch {
    // Its own message has quotes as in code; here it is a word on a command line.
    throw usage(`${name} ${text} is not a duration; ${example}`)
  }
  if (ms <= LONGEST_MS) return ms
  throw usage(`${name} ${text} is too long; 596h at most`)
}

function checkWords(
  program: string,
  command: Command,
  words: readonly string[],
  values: ReadonlyMap<string, Value>,
): void {
  const missing = command.words.filter((word) => !word.startsWith('[')).slice(words.length)
  for (const [name, written] of requiredOptions(command.options)) {
    if (values.get(name) === undefined) missing.push(written)
  }
  const whole = () => synopsis(program, command)
  if (missing.length > 0) {
    throw usage(`${command.name} needs ${missing.join(' and ')}: ${whole()}`)
  }
  const many = command.words.at(-1)?.includes('…')
  const extra = words[command.words.length]
  if (extra === undefined || many) return
  const hint = command.words.includes('[JSON]') ? `; quote the JSON, as in '{"a": 1}'` : ''
  throw usage(`${command.name} has no place for '${extra}': ${whole()}${hint}`)
}
