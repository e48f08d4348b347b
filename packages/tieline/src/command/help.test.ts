import { expect, test } from 'vitest'
import { command, EXIT } from './command.js'
import { commandHelp } from './help.js'

const run = async () => EXIT.done

test('words and options stand in one column, with what they are', () => {
  const serve = command({
    name: 'serve',
    words: ['DIR', '[MODULE]'],
    options: {
      at: { kind: 'text', value: 'ENDPOINT', required: true, about: 'where to listen' },
      count: { kind: 'number', short: 'n', value: 'N', about: 'how many\nof them' },
      hidden: { kind: 'flag' },
    },
    about: 'Serves a directory.',
    terms: { DIR: 'what to serve' },
    notes: 'Ctrl-C ends it.',
    example: ['$ x serve /tmp --at local:x\nserving', '$ x serve . --at local:y'],
    run,
  })
  expect(commandHelp('x', serve)).toBe(`x serve DIR [MODULE] --at ENDPOINT

Serves a directory.

  DIR             what to serve

  --at ENDPOINT   where to listen
  -n, --count N   how many
                  of them

Ctrl-C ends it.

Examples:
  $ x serve /tmp --at local:x
  serving

  $ x serve . --at local:y`)
})

test('long lines are broken between words, at 80 columns', () => {
  const about = 'word '.repeat(30).trimEnd()
  const options = { word: { kind: 'flag', about } } as const
  const wide = command({ name: 'a', options, about: 'Does.', example: '$ x a', run })
  const lines = commandHelp('x', wide).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines.join(' ').match(/\bword\b/g)).toHaveLength(31)
})

test('how it is written, and the title of its example, can be said otherwise', () => {
  const start = command({
    name: 'start',
    usage: 'x start NAME\nx start FILE',
    about: 'Starts.',
    exampleTitle: 'In a file',
    example: 'text\n\nmore',
    run,
  })
  expect(commandHelp('x', start)).toBe(
    'x start NAME\nx start FILE\n\nStarts.\n\nIn a file:\n  text\n\n  more',
  )
})
