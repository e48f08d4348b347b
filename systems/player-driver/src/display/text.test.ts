import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clean, columns, fit, padded, toAscii } from './text.js'

it.each([
  ['a colour', '\x1b[31mred\x1b[0m', 'red'],
  ['a moved cursor', 'a\x1b[2J\x1b[10;10Hb', 'ab'],
  ['a window title', 'a\x1b]0;owned\x07b\x1b]2;owned\x1b\\c', 'abc'],
  ['a link', '\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\', 'click'],
  ['a device control string', 'a\x1bP+q544e\x1b\\b', 'ab'],
  ['a control string without an end', 'a\x1b]52;c;cm0gLXJm', 'a'],
  ['a cut sequence', 'a\x1b[12', 'a'],
  ['a lone escape', 'a\x1b', 'a'],
  ['a charset switch', 'a\x1b(0b', 'ab'],
  ['a reset', '\x1bcboo', 'boo'],
  ['one-character forms', 'a\x9b31mb\x9d0;x\x07', 'a31mb0;x'],
  ['text in a wrong encoding', 'â\x80\x9cquotedâ\x80\x9d', 'âquotedâ'],
  ['bells, backspaces and deletes', 'a\x07\x08\x7fb', 'ab'],
  ['line ends and tabs', ' a\r\nb\tc\u2028d ', 'a b c d'],
  ['a turned direction', 'a\u202eb\u2066c\u200f', 'abc'],
  ['halves of pairs', 'a\ud83cb\udfb9', 'ab'],
  ['a NUL', 'a\0b', 'ab'],
])('takes out %s', (_, text, rest) => {
  expect(clean(text)).toBe(rest)
})

it('leaves writing of all kinds and joined emoji alone', () => {
  for (const text of ['Ärger', '夜のシグナル', 'שלום', 'नमस्ते', '👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'e\u0301'])
    expect(clean(text)).toBe(text)
})

it('makes one space of two with something between them that is taken out', () => {
  expect(clean('a\t\u0000\tb')).toBe('a b')
})

it('lets nothing through that a terminal would act on', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      '\x1b',
      '[',
      ']',
      'P',
      '\\',
      '\x07',
      '\x9b',
      '\x9d',
      '\u202e',
      '\n',
      ';',
      '1',
      'm',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const text = clean(units.join(''))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      expect(clean(text)).toBe(text)
    }),
  )
})

it.each([
  ['short', 10, 'short'],
  ['exactly', 7, 'exactly'],
  ['one more', 7, 'one mo…'],
  ['cut at a space', 8, 'cut at…'],
  ['夜のシグナル', 12, '夜のシグナル'],
  ['夜のシグナル', 11, '夜のシグナ…'],
  ['夜のシグナル', 10, '夜のシグ…'],
  ['夜のシグナル', 2, '…'],
  ['a👨‍👩‍👧‍👦b', 3, 'a…'],
  ['a👨‍👩‍👧‍👦b', 4, 'a👨‍👩‍👧‍👦b'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['anything', 1, '…'],
  ['anything', 0, ''],
  ['', 0, ''],
])('fits %j into %i columns as %j', (text, width, fitting) => {
  expect(fit(text, width, '…')).toBe(fitting)
})

it('fills to the exact width, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      expect(columns(padded(clean(text), width, '…'))).toBe(width)
    }),
  )
})

it('cuts down a tower of accents', () => {
  const tower = `a${'\u0301'.repeat(500)}b`
  expect([...fit(tower, 10, '…')].length).toBe(13)
})

it.each([
  ['Zürcher Söhne', 'Zurcher Sohne'],
  ['“Don’t” – ½…', '"Don\'t" - 1/2...'],
  ['Straße, Ærø, Łódź', 'Strasse, AEro, Lodz'],
  ['夜 🎹', '? ?'],
])('writes %j in ASCII as %j', (text, ascii) => {
  expect(toAscii(text)).toBe(ascii)
})
