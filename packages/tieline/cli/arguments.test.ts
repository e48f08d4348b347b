import { expect, test } from 'vitest'
import { type Arguments, readArguments, type Syntax } from './arguments.js'
import { failureOf } from './failure.js'

const command = {
  name: 'call',
  words: ['ENDPOINT', 'METHOD', '[JSON]'],
  options: { timeout: { takesValue: true }, count: { takesValue: true, short: 'n' }, json: {} },
}

function read(...argv: string[]): Arguments {
  const args = readArguments(command, argv)
  if (args === 'help') throw new Error('this is help')
  return args
}

/** The line that a wrong command line is told with. */
function refusal(...argv: string[]): string {
  return refusalOf(command, argv)
}

function refusalOf(syntax: Syntax, argv: string[]): string {
  try {
    readArguments(syntax, argv)
  } catch (error) {
    return failureOf(error).line
  }
  throw new Error('it was accepted')
}

test('takes words and options in any order', () => {
  const args = read('--json', 'local:a', '--timeout', '5s', 'hello', '-n', '3')
  expect([args.word(0), args.word(1), args.optionalWord(2)]).toEqual([
    'local:a',
    'hello',
    undefined,
  ])
  expect([args.value('timeout'), args.value('count'), args.has('json')]).toEqual(['5s', '3', true])
})

test('takes a value behind = or right behind the letter', () => {
  const args = read('a', 'b', '--timeout=5s', '-n3')
  expect([args.value('timeout'), args.value('count')]).toEqual(['5s', '3'])
})

test.each(['-5', '-12.5', '-.5e3'])('takes the negative number %s as a word', (number) => {
  expect(read('a', 'b', number).optionalWord(2)).toBe(number)
})

test('takes a single - as a word, and everything behind --', () => {
  expect(read('a', 'b', '-').optionalWord(2)).toBe('-')
  expect(read('--', 'a', 'b', '--json').optionalWord(2)).toBe('--json')
})

test('asks for help wherever --help or -h stands', () => {
  expect(readArguments(command, ['--help'])).toBe('help')
  expect(readArguments(command, ['a', 'b', '-h'])).toBe('help')
})

test('names the nearest option to one that is not there', () => {
  expect(refusal('a', 'b', '--timout', '5s')).toBe(
    'call has no option --timout; did you mean --timeout?',
  )
  expect(refusal('a', 'b', '-x')).toBe('call has no option -x; tieline call --help lists them')
  expect(refusal('a', 'b', '--constructor')).toContain('call has no option --constructor')
})

test('says what is missing', () => {
  expect(refusal()).toBe('call needs ENDPOINT and METHOD: tieline call ENDPOINT METHOD [JSON]')
  expect(refusal('a')).toBe('call needs METHOD: tieline call ENDPOINT METHOD [JSON]')
  const serve = {
    name: 'serve',
    words: ['MODULE'],
    options: { at: { takesValue: true, required: 'AT' } },
  }
  expect(refusalOf(serve, [])).toBe('serve needs MODULE and --at AT: tieline serve MODULE --at AT')
  expect(refusal('a', 'b', '--timeout')).toBe(
    '--timeout needs a value; tieline call --help has an example',
  )
})

test('says what is too much', () => {
  expect(refusal('a', 'b', '{name:', 'Ada}')).toBe(
    `call has no place for 'Ada}': tieline call ENDPOINT METHOD [JSON]; quote the JSON, as in '{"a": 1}'`,
  )
  expect(refusal('a', 'b', '--json=yes')).toBe("--json takes no value, and was given 'yes'")
})
