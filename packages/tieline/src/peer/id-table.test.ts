import { expect, test } from 'vitest'
import { randomFrom } from '../testing/splits.js'
import { IdTable } from './id-table.js'

test('gives out ids in sequence, from 1', () => {
  const table = new IdTable()
  const ids = Array.from({ length: 1000 }, () => {
    const id = table.nextId()
    table.add({ id })
    table.remove(id)
    return id
  })
  expect(ids).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
})

test('an id that was removed finds nothing, also when a younger one has its place', () => {
  const table = new IdTable()
  const old = table.nextId()
  table.add({ id: old })
  table.remove(old)
  for (let n = 0; n < 100; n++) {
    const id = table.nextId()
    table.add({ id })
    expect(table.get(old)).toBeUndefined()
    expect(table.remove(old)).toBeUndefined()
    table.remove(id)
  }
  expect(table.size).toBe(0)
})

test('behaves as a Map does, whatever is added and removed', () => {
  const random = randomFrom(7)
  const table = new IdTable<{ id: number }>()
  const map = new Map<number, { id: number }>()
  for (let n = 0; n < 20_000; n++) {
    if (map.size === 0 || random() < (n < 10_000 ? 0.52 : 0.48)) {
      const entry = { id: table.nextId() }
      expect(map.has(entry.id)).toBe(false)
      table.add(entry)
      map.set(entry.id, entry)
    } else {
      const ids = [...map.keys()]
      const id = ids[Math.floor(random() * ids.length)] as number
      expect(table.get(id)).toBe(map.get(id))
      table.remove(id)
      map.delete(id)
    }
    expect(table.size).toBe(map.size)
  }
  expect(table.all().sort((a, b) => a.id - b.id)).toEqual(
    [...map.values()].sort((a, b) => a.id - b.id),
  )
})

test('after the last id of 31 bits comes 1 again, unless it is open', () => {
  const table = new IdTable(0x7fff_fffd)
  const open = [1, 2, 3].map(() => {
    const id = table.nextId()
    table.add({ id })
    return id
  })
  expect(open).toEqual([0x7fff_fffe, 0x7fff_ffff, 1])
  for (const id of open) expect(table.get(id)).toEqual({ id })
})
