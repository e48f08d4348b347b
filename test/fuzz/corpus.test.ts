// Every fuzz target, in CI: on its seeds, on what fuzzers found with it, and on changed copies of both.
// `npm run fuzz -- NAME --minutes N` looks for more.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, corpora, corpusOf, fuzzFiles, load } from './targets.js'

const files = await Promise.all(fuzzFiles().map(load))

test('every target has a name of its own, and every folder of the corpus a target', () => {
  const names = files.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(corpora().filter((name) => !names.includes(name))).toEqual([])
})

/** A piece of one input in another, bytes put over, left out or repeated. */
function changed(from: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .tuple(fc.constantFrom(...from), fc.nat(200), fc.nat(200))
      .map(([bytes, start, count]) => bytes.subarray(start, start + count)),
  )
  const change = fc.tuple(fc.nat(300), fc.nat(8), piece)
  return fc
    .tuple(fc.constantFrom(...from), fc.array(change, { maxLength: 4 }))
    .map(([bytes, changes]) =>
      changes.reduce<Uint8Array>((now, [at, without, put]) => {
        const where = Math.min(at, now.length)
        return Uint8Array.of(...now.subarray(0, where), ...put, ...now.subarray(where + without))
      }, bytes),
    )
}

describe.each(files)('$name', ({ name, target, seeds = [] }) => {
  const inputs = [...seeds.map(bytesOf), ...corpusOf(name).map(({ bytes }) => bytes)]
  if (inputs.length === 0) inputs.push(new Uint8Array(0))

  test('keeps the rules on its seeds', () => {
    for (const seed of seeds) target(bytesOf(seed))
  })

  test('keeps the rules on what a fuzzer found', () => {
    for (const { file, bytes } of corpusOf(name)) {
      expect(() => target(bytes), `test/fuzz/corpus/${name}/${file}`).not.toThrow()
    }
  })

  test('keeps the rules on random bytes and on changed inputs', () => {
    const some = fc.oneof(fc.uint8Array({ maxLength: 300 }), changed(inputs))
    fc.assert(fc.property(some, target), { numRuns: 500 })
  })
})
