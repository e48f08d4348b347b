import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyTable, LONGEST_KEY } from './keys.js'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function read(table: KeyTable, text: string): string {
  const bytes = bytesOf(`__${text}__`)
  return table.read(bytes, 2, bytes.length - 4).text
}

describe('The table of keys', () => {
  it('gives each key as it is written, whatever came before', () => {
    const table = new KeyTable()
    const keys = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((key) => bytesOf(key).length <= LONGEST_KEY)
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 50 }), (several) => {
        for (const key of [...several, ...several]) expect(read(table, key)).toBe(key)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps nothing of the memory that a key came in, a Buffer included', () => {
    for (const bytes of [bytesOf('name'), Buffer.from('name')]) {
      const table = new KeyTable()
      for (let round = 0; round < 3; round++) expect(table.read(bytes, 0, 4).text).toBe('name')
      bytes.set(bytesOf('same'))
      expect(table.read(bytes, 0, 4).text).toBe('same')
      expect(read(table, 'name')).toBe('name')
    }
  })

  it('is never wrong when keys push each other out', () => {
    const table = new KeyTable()
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 5000; i++) {
        for (const key of [`key${i}`, `key${i}`, 'always']) {
          const text = read(table, key)
          if (text !== key) expect(text).toBe(key)
        }
      }
    }
  })

  it('tells keys apart that differ in one byte, in their length, or in what follows', () => {
    const table = new KeyTable()
    for (let round = 0; round < 3; round++) {
      for (const key of ['ab', 'ac', 'abc', 'a', '', 'b', '\0', '\0\0', 'é', 'è']) {
        expect(read(table, key)).toBe(key)
      }
    }
  })

  it('reads bytes that are not UTF-8 as replacement characters', () => {
    const table = new KeyTable()
    for (let round = 0; round < 3; round++) {
      expect(table.read(Uint8Array.of(0xff, 0x61), 0, 2).text).toBe('\ufffda')
      expect(table.read(Uint8Array.of(0xfe, 0x61), 0, 2).text).toBe('\ufffda')
    }
  })
})
