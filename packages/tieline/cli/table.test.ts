import { expect, test } from 'vitest'
import type { Paint } from '../src/command/terminal.js'
import { table, wrapped } from './table.js'

const plain: Paint = (_, text) => text
const drawn = (rows: string[][], width: number) =>
  `\n${table(['METHOD', 'KIND', 'PARAMS', 'SUMMARY'], rows, width, plain).join('\n')}\n`

test('columns are as wide as they need to be', () => {
  const rows = [
    ['hello', 'call', '{ name: string }', 'Greets by name.'],
    ['log', 'notify', '', 'Writes a line.'],
  ]
  expect(drawn(rows, 80)).toMatchInlineSnapshot(`
    "
    METHOD  KIND    PARAMS            SUMMARY
    hello   call    { name: string }  Greets by name.
    log     notify                    Writes a line.
    "
  `)
})

test('a column without content is left out', () => {
  expect(drawn([['hello', 'call', '', '']], 80)).toBe('\nMETHOD  KIND\nhello   call\n')
})

test('the widest columns are wrapped between words when it is too much', () => {
  const rows = [
    [
      'update_player_state',
      'call',
      '{ player_id: integer, state: { status: integer, timeline: object | null } }',
      'All of the state at once: what is null in it is cleared.',
    ],
    ['stop', 'call', '', 'Stops.'],
  ]
  expect(drawn(rows, 72)).toMatchInlineSnapshot(`
    "
    METHOD               KIND  PARAMS                 SUMMARY
    update_player_state  call  { player_id: integer,  All of the state at
                               state: { status:       once: what is null in
                               integer, timeline:     it is cleared.
                               object | null } }
    stop                 call                         Stops.
    "
  `)
})

test.each([40, 50, 61, 72, 100])('no line is wider than %i columns', (width) => {
  const rows = [
    [
      'm'.repeat(10),
      'call',
      'a word here '.repeat(30).trim(),
      'some more of it '.repeat(20).trim(),
    ],
  ]
  const lines = drawn(rows, width).split('\n')
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  expect(lines.length).toBeGreaterThan(3)
})

test('a word that is too long is cut', () => {
  expect(wrapped('abcdefgh ij', 4)).toEqual(['abcd', 'efgh', 'ij'])
})

test('wide characters take two columns each', () => {
  const rows = [
    ['挨拶', 'call', '', '名前で挨拶をする'],
    ['log', 'notify', '', 'x'],
  ]
  expect(drawn(rows, 80)).toBe(
    '\nMETHOD  KIND    SUMMARY\n挨拶    call    名前で挨拶をする\nlog     notify  x\n',
  )
  expect(wrapped('名前で挨拶をする', 7)).toEqual(['名前で', '挨拶を', 'する'])
  expect(wrapped('名', 1)).toEqual(['名'])
})
