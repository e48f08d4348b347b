import { FakeClock } from 'tieline/testing'
import { describe, expect, it } from 'vitest'
import { ClosedNumbers } from './closed-numbers.js'
import { ChannelNumbers } from './numbers.js'

describe('numbers of channels', () => {
  it('are unique while they are taken, and never 0', () => {
    const numbers = new ChannelNumbers()
    const taken = new Set<number>()
    for (let number = numbers.take(); number !== undefined; number = numbers.take()) {
      taken.add(number)
    }
    expect(taken.size).toBe(65_535)
    expect([taken.has(0), taken.has(1), taken.has(65_535)]).toEqual([false, true, true])
    numbers.free(77)
    expect(numbers.take()).toBe(77)
    expect(numbers.take()).toBeUndefined()
  })

  it('that are free again are given last', () => {
    const numbers = new ChannelNumbers()
    const first = numbers.take() as number
    numbers.free(first)
    let others = 0
    for (let next = numbers.take(); next !== first; next = numbers.take()) {
      numbers.free(next as number)
      others += 1
    }
    expect(others).toBe(65_534)
  })

  it('of closed channels are kept until the agent says that it knows, or for a minute', () => {
    const numbers = new ChannelNumbers()
    const clock = new FakeClock()
    const closed = new ClosedNumbers(numbers, clock)
    const take = () => numbers.take() as number
    const [one, two, three] = [take(), take(), take()]
    closed.add(one)
    closed.add(two)
    expect(numbers.size).toBe(3)
    expect(closed.known(one)).toBe(true)
    expect(closed.known(one)).toBe(false)
    expect(numbers.size).toBe(2)
    clock.advance(60_000)
    closed.add(three)
    expect(closed.known(two)).toBe(false)
    expect(numbers.size).toBe(1)
    closed.freeAll()
    expect(numbers.size).toBe(0)
  })
})
