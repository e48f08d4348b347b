import { expect, test } from 'vitest'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { tickEndOf } from './tick-end.js'

const named = (name: string, told: string[]) => ({ tickOver: () => told.push(name) })

test('tells all that wait, once, in the order in which they came', async () => {
  const told: string[] = []
  const tickEnd = tickEndOf(new FakeClock())
  for (const name of ['one', 'two', 'three']) tickEnd.add(named(name, told))
  expect(told).toEqual([])
  await settled(2)
  expect(told).toEqual(['one', 'two', 'three'])
})

test('one that is added meanwhile waits for the next tick', async () => {
  const told: string[] = []
  const tickEnd = tickEndOf(new FakeClock())
  tickEnd.add({ tickOver: () => tickEnd.add(named('later', told)) })
  tickEnd.add(named('now', told))
  await settled(3)
  expect(told).toEqual(['now', 'later'])
})

test('one that throws keeps nobody else from being told', async () => {
  const told: string[] = []
  const runs: (() => void)[] = []
  const clock = { ...new FakeClock(), soon: (run: () => void) => runs.push(run) }
  const tickEnd = tickEndOf(clock as never)
  tickEnd.add(named('before', told))
  tickEnd.add({
    tickOver() {
      throw new Error('no')
    },
  })
  tickEnd.add(named('after', told))
  expect(() => runs.shift()?.()).toThrow('no')
  runs.shift()?.()
  expect(told).toEqual(['before', 'after'])
})
