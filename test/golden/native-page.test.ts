// The page for other languages is true: every message that it shows is one that Tieline reads, and
// writes again as it was; the golden frames hold each kind of its table.
import { readFileSync } from 'node:fs'
import { type Envelope, native } from 'tieline/dialect'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = read('../../docs/native-protocol.md')
const { frames } = JSON.parse(read('native.json')) as {
  frames: { array: unknown[]; hex: string }[]
}
const dialect = native().dialect()

/** The messages in the page's examples, such as `> [4, 7, "Hello Ada"]`. */
const shown = [...page.matchAll(/^[<>] (\[.*\])$/gm)].map(
  ([, array = '']) => JSON.parse(array.replaceAll('nil', 'null')) as unknown[],
)
/** The kinds of its table, with the fewest and the most elements that a message of each has. */
const kinds = [...page.matchAll(/^\| (\d+) \| ((?:`\[.*?\]`(?: or )?)+) \|/gm)].map(
  ([, kind, messages = '']) => {
    const counts = [...messages.matchAll(/\[(.*?)\]/g)].map(([, elements = '']) => {
      const all = elements.split(', ')
      return [all.filter((element) => !element.endsWith('?')).length, all.length]
    })
    const [fewest, most] = [Math.min(...counts.flat()), Math.max(...counts.flat())]
    return { kind: Number(kind), fewest, most }
  },
)

function envelopeOf(message: unknown): Envelope {
  const envelopes: Envelope[] = []
  dialect.read(message, (envelope) => envelopes.push(envelope))
  expect(envelopes).toHaveLength(1)
  return envelopes[0] as Envelope
}

test('the page shows messages, and each is read and written again as it stands there', () => {
  expect(shown.length).toBeGreaterThanOrEqual(15)
  for (const message of shown) {
    const written: unknown[] = []
    dialect.write(envelopeOf(message), (value) => written.push(value))
    // The page leaves out what is nil at the end.
    const [whole] = JSON.parse(JSON.stringify(written)) as [unknown[]]
    const leftOut = whole.splice(message.length)
    expect(whole).toEqual(message)
    expect(leftOut.every((element) => element === null)).toBe(true)
  }
})

test('its table has every kind once, and no golden frame of a kind has more or fewer elements', () => {
  expect(kinds.map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, (_, kind) => kind))
  for (const { kind, fewest, most } of kinds) {
    const sizes = frames.filter(({ array }) => array[0] === kind).map(({ array }) => array.length)
    expect(sizes.length, `golden frames of kind ${kind}`).toBeGreaterThan(0)
    expect(Math.min(...sizes), `elements of kind ${kind}`).toBeGreaterThanOrEqual(fewest)
    expect(Math.max(...sizes), `elements of kind ${kind}`).toBeLessThanOrEqual(most)
  }
})

test('a first frame begins with the bytes that it says', () => {
  const beginning = /begins with the bytes `(.*?)` and the text `tieline`/.exec(page)?.[1] as string
  const text = Buffer.from('tieline').toString('hex')
  const pattern = `^${beginning.replaceAll(' ', '').replace('LL', '..').replace('N', '.')}${text}`
  const hellos = frames.filter(({ array }) => array[0] === 0)
  for (const { hex } of hellos) expect(hex).toMatch(new RegExp(pattern, 'i'))
  expect(hellos.length).toBeGreaterThan(0)
})
