// The help of a program and of its commands, made from the same data that reads the command line.
// Loaded when it is asked for.
import { type Command, synopsis } from './command.js'
import type { ProgramSpec } from './program.js'

/** Columns of the narrowest usual terminal. */
const WIDTH = 80
/** Between a name and what is said of it. */
const GAP = 3

type Row = readonly [name: string, about: string]

/** The text of `PROGRAM COMMAND --help`. */
export function commandHelp(program: string, command: Command): string {
  const { usage = synopsis(program, command), about, notes, example } = command
  const terms = Object.entries(command.terms ?? {})
  const options = Object.entries(command.options).flatMap(([name, option]): Row[] => {
    if (option.about === undefined) return []
    const short = option.short === undefined ? '' : `-${option.short}, `
    const value = option.kind === 'flag' ? '' : ` ${option.value}`
    return [[`${short}--${name}${value}`, option.about]]
  })
  const column = columnOf([...terms, ...options], GAP)
  const title = command.exampleTitle ?? (typeof example === 'string' ? 'Example' : 'Examples')
  return paragraphs([
    usage,
    about,
    rows(terms, column),
    rows(options, column),
    notes,
    `${title}:\n${indented(exampleText(example))}`,
  ])
}

/** The text of `PROGRAM --help`. */
export function overview(spec: ProgramSpec): string {
  const { name, summary, commands, notes, exits, example } = spec
  const listed = Object.entries(commands).flatMap(([command, { summary: said }]): Row[] => {
    if (said === undefined) return []
    return typeof said === 'string' ? [[command, said]] : Object.entries(said)
  })
  const lines = listed.map(([written, about]): Row => [`${name} ${written}`, about])
  return paragraphs([
    summary,
    // A line without a summary may be as wide as it is: the others stay near to their names.
    rows(
      lines,
      columnOf(
        lines.filter(([, about]) => about !== ''),
        2,
      ),
    ),
    notes,
    exitCodes(exits),
    `Example\n${indented(exampleText(example))}`,
    `${name} COMMAND --help has more; --version tells the version.`,
  ])
}

function exitCodes({ done, refused, unreachable }: NonNullable<ProgramSpec['exits']> = {}): string {
  const left = [`0  ${done ?? 'done'}`, `1  ${refused ?? 'answered an error'}`, '2  wrong usage']
  const right = [`3    ${unreachable ?? 'could not connect, or lost the connection'}`]
  right.push('4    timed out', '130  Ctrl-C')
  const column = Math.max(...left.map((text) => text.length)) + 2
  const lines = left.map((text, row) => `  ${text.padEnd(column)}${right[row]}`)
  return ['Exit codes', ...lines].join('\n')
}

function exampleText(example: string | readonly string[]): string {
  if (typeof example === 'string') return example
  return example.join(example.some((each) => each.includes('\n')) ? '\n\n' : '\n')
}

function columnOf(table: readonly Row[], gap: number): number {
  return 2 + Math.max(0, ...table.map(([name]) => name.length)) + gap
}

function rows(table: readonly Row[], column: number): string | undefined {
  if (table.length === 0) return undefined
  const lines = table.flatMap(([name, about]) => {
    const [first = '', ...more] = about.split('\n').flatMap((line) => wrapped(line, WIDTH - column))
    const head = `  ${name}`.padEnd(column)
    return [head + first, ...more.map((line) => ' '.repeat(column) + line)]
  })
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** In lines of at most so many columns, where its words allow that. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text]
  const at = text.lastIndexOf(' ', width)
  if (at <= 0) return [text]
  return [text.slice(0, at), ...wrapped(text.slice(at + 1), width)]
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

function paragraphs(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('\n\n')
}
