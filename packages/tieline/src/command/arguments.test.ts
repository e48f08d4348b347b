import { expect, test } from 'vitest'
import { readArguments } from './arguments.js'
import { type Command, command, EXIT } from './command.js'
import { failureOf } from './failure.js'
import type { Arguments, Options, Words } from './options.js'

const line = (words: Words, options: Options, rest?: string) =>
  command({
    name: 'call',
    words,
    options,
    ...(rest && { rest }),
    about: 'Calls.',
    example: '$ tieline call',
    run: async () => EXIT.done,
  })

const call = line(['ENDPOINT', 'METHOD', '[JSON]'], {
  timeout: { kind: 'duration', value: 'TIME', about: 'how long' },
  count: { kind: 'number', short: 'n', value: 'N', about: 'how many' },
  from: { kind: 'number', value: 'N', least: 0, about: 'from where' },
  as: { kind: 'text', value: 'SIDE', oneOf: ['backend', 'frontend'], about: 'which side' },
  env: { kind: 'repeated', short: 'e', value: 'NAME=VALUE', about: 'a variable' },
  json: { kind: 'flag', about: 'print JSON' },
  state: { kind: 'text', value: 'DIR' },
})

function readBy(command: Command, argv: string[]): Arguments {
  const args = readArguments('tieline', command, argv)
  if (args === 'help') throw new Error('this is help')
  return args
}

const read = (...argv: string[]) => readBy(call, argv)

/** The line that a wrong command line is told with. */
const refusal = (...argv: string[]) => refusalOf(call, argv)

function refusalOf(command: Command, argv: string[]): string {
  try {
    readBy(command, argv)
  } catch (error) {
    const { code, line } = failureOf(error, { program: 'tieline' })
    expect(code).toBe(EXIT.usage)
    return line
  }
  throw new Error('it was accepted')
}

test('takes words and options in any order', () => {
  const args = read('--json', 'local:a', '--timeout', '5s', 'hello', '-n', '3')
  expect(args.words).toEqual(['local:a', 'hello'])
  expect(args.options).toEqual({
    timeout: 5000,
    count: 3,
    from: undefined,
    as: undefined,
    env: [],
    json: true,
    state: undefined,
  })
})

test('takes a value behind = or right behind the letter', () => {
  const { options } = read('a', 'b', '--timeout=5s', '-n3', '--state=--x')
  expect([options['timeout'], options['count'], options['state']]).toEqual([5000, 3, '--x'])
})

test('keeps every value of a repeated option, and the last of any other', () => {
  const { options } = read('a', 'b', '-e', 'A=1', '--env', 'B=2', '-n', '1', '-n', '2')
  expect([options['env'], options['count']]).toEqual([['A=1', 'B=2'], 2])
})

test.each(['-5', '-12.5', '-.5e3'])('takes the negative number %s as a word', (number) => {
  expect(read('a', 'b', number).words[2]).toBe(number)
})

test('takes a single - as a word, and everything behind --', () => {
  expect(read('a', 'b', '-').words[2]).toBe('-')
  expect(read('--', 'a', 'b', '--json').words[2]).toBe('--json')
})

test('leaves what is behind -- to a command that takes another command line', () => {
  const start = line(['[NAME]'], {}, 'COMMAND ARGS…')
  const args = readBy(start, ['web', '--', 'node', '--help', '--'])
  expect([args.words, args.rest]).toEqual([['web'], ['node', '--help', '--']])
  expect(readBy(start, ['web']).rest).toBeUndefined()
  expect(refusalOf(start, ['a', 'b'])).toBe(
    "call has no place for 'b': tieline call [NAME] [-- COMMAND ARGS…]",
  )
})

test('asks for help wherever --help or -h stands', () => {
  expect(readArguments('tieline', call, ['--help'])).toBe('help')
  expect(readArguments('tieline', call, ['a', 'b', '-h'])).toBe('help')
})

test('names the nearest option to one that is not there, of those in the help', () => {
  expect(refusal('a', 'b', '--timout', '5s')).toBe(
    'call has no option --timout; did you mean --timeout?',
  )
  for (const unknown of ['-x', '--stat', '--constructor']) {
    expect(refusal('a', 'b', unknown)).toBe(
      `call has no option ${unknown}; tieline call --help lists them`,
    )
  }
})

test('says what is missing', () => {
  expect(refusal()).toBe('call needs ENDPOINT and METHOD: tieline call ENDPOINT METHOD [JSON]')
  expect(refusal('a')).toBe('call needs METHOD: tieline call ENDPOINT METHOD [JSON]')
  const at = { kind: 'text', value: 'AT', required: true } as const
  expect(refusalOf(line(['MODULE'], { at }), [])).toBe(
    'call needs MODULE and --at AT: tieline call MODULE --at AT',
  )
  for (const argv of [['--timeout'], ['--timeout='], ['--timeout', '--json']]) {
    expect(refusal('a', 'b', ...argv)).toBe(
      '--timeout needs a value; tieline call --help has an example',
    )
  }
})

test('says what is too much', () => {
  expect(refusal('a', 'b', '{name:', 'Ada}')).toBe(
    `call has no place for 'Ada}': tieline call ENDPOINT METHOD [JSON]; quote the JSON, as in '{"a": 1}'`,
  )
  expect(refusal('a', 'b', '--json=yes')).toBe("--json takes no value, and was given 'yes'")
  const any = line(['NAME…'], {})
  expect(readBy(any, ['a', 'b', 'c']).words).toEqual(['a', 'b', 'c'])
})

test('durations need a unit', () => {
  expect(read('a', 'b', '--timeout', '1.5s').options['timeout']).toBe(1500)
  expect(refusal('a', 'b', '--timeout', '5')).toBe(
    '--timeout 5 has no unit; write 500ms, 5s, 2m or 1h',
  )
  expect(refusal('a', 'b', '--timeout', 'soon')).toBe(
    '--timeout soon is not a duration; write 500ms, 5s, 2m or 1h',
  )
  expect(refusal('one', 'two', '--timeout', '600h')).toBe(
    '--timeout 600h is too long; 596h at most',
  )
})

test('numbers are whole, and from their least', () => {
  for (const count of ['0', '-1', '1.5', 'many', '99999999999999999999']) {
    expect(refusal('a', 'b', '-n', count)).toBe(`-n ${count} is no number from 1 up`)
  }
  expect(read('a', 'b', '--from', '0').options['from']).toBe(0)
  expect(refusal('a', 'b', '--from', 'x')).toBe('--from x is no number from 0 up')
})

test('a text that is one of several is told with the nearest, or all of them', () => {
  expect(read('a', 'b', '--as', 'frontend').options['as']).toBe('frontend')
  expect(refusal('a', 'b', '--as', 'backnd')).toBe("--as cannot be 'backnd'; did you mean backend?")
  expect(refusal('a', 'b', '--as', 'nobody')).toBe(
    "--as cannot be 'nobody'; there are backend, frontend",
  )
})
