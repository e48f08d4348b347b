import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventQueue } from './event-queue.js'
import { type DriverEvent, isUpdate } from './events.js'
import { emptyState, type Status } from './types.js'

const status = (player: number, value: number): DriverEvent => ({
  kind: 'status-updated',
  player,
  status: value as Status,
})
const text = (player: number, field: 1 | 2, value: string): DriverEvent => ({
  kind: 'text-updated',
  player,
  field,
  text: value,
})
const state = (player: number, value = 15): DriverEvent => ({
  kind: 'state-updated',
  player,
  state: { ...emptyState, status: value as Status },
})
const gone = (player: number): DriverEvent => ({ kind: 'unregistered', player })
const preferred = (player: number | null): DriverEvent => ({
  kind: 'preferred-changed',
  preferred: player,
})

async function read(queue: EventQueue): Promise<DriverEvent[]> {
  queue.finish()
  const events: DriverEvent[] = []
  for await (const event of queue) events.push(event)
  return events
}

function queueOf(events: DriverEvent[], limit = 100): EventQueue {
  const queue = new EventQueue(limit)
  for (const event of events) queue.push(event)
  return queue
}

it('hands events to a reader that waits, in order', async () => {
  const queue = new EventQueue(10)
  const [first, second] = [queue.next(), queue.next()]
  queue.push(status(1, 1))
  queue.push(status(1, 2))
  expect([(await first).value, (await second).value]).toEqual([status(1, 1), status(1, 2)])
  expect(queue.length).toBe(0)
})

it('replaces a waiting update by a newer one of the same player and part, in its place', async () => {
  const queue = queueOf([
    status(1, 1),
    status(2, 1),
    text(1, 1, 'a'),
    text(1, 2, 'b'),
    status(1, 2),
  ])
  queue.push(text(1, 1, 'c'))
  expect(queue.length).toBe(4)
  expect(await read(queue)).toEqual([status(1, 2), status(2, 1), text(1, 1, 'c'), text(1, 2, 'b')])
})

it('lets a whole state replace every part of the player that waits', async () => {
  const queue = queueOf([status(1, 1), status(2, 1), text(1, 1, 'a'), state(1, 3)])
  expect(await read(queue)).toEqual([state(1, 3), status(2, 1)])
})

it('keeps a part that is newer than the whole state', async () => {
  const queue = queueOf([state(1, 1), status(1, 2), state(1, 3), status(1, 4), status(1, 5)])
  expect(await read(queue)).toEqual([state(1, 3), status(1, 5)])
})

it('moves no update across another event of the same player', async () => {
  const assigned: DriverEvent = {
    kind: 'assigned',
    player: 1,
    device: '00000000-0000-5000-8000-000000000001',
  }
  const events = [state(1, 1), assigned, state(1, 2), status(1, 3), gone(1)]
  expect(await read(queueOf(events))).toEqual(events)
})

it('drops the oldest events past its limit and tells how many, once, first', async () => {
  const queue = queueOf([gone(1), gone(2), gone(3), gone(4), gone(5)], 3)
  expect(await read(queue)).toEqual([{ kind: 'events-lost', lost: 2 }, gone(3), gone(4), gone(5)])
})

it('loses nothing to updates that replace each other', async () => {
  const queue = queueOf([gone(1), status(2, 1)], 3)
  for (let round = 0; round < 1000; round++) queue.push(status(2, round % 6))
  expect(await read(queue)).toEqual([gone(1), status(2, 999 % 6)])
})

it('holds no more than its limit however long nobody reads', () => {
  const queue = new EventQueue(8)
  for (let round = 0; round < 10_000; round++) {
    queue.push(status(round % 3, 1))
    queue.push(text(round % 3, 1, 'x'))
    queue.push(state(round % 3))
    if (round % 100 === 0) queue.push(preferred(round))
    expect(queue.length).toBeLessThanOrEqual(8)
  }
})

it('keeps count of a loss that was told to it and is lost again', async () => {
  const queue = queueOf([{ kind: 'events-lost', lost: 7 }, gone(1), gone(2)], 2)
  expect(await read(queue)).toEqual([{ kind: 'events-lost', lost: 7 }, gone(1), gone(2)])
})

it('ends for a reader that waits and for one that comes later', async () => {
  let closed = 0
  const queue = new EventQueue(10, () => {
    closed += 1
  })
  const waiting = queue.next()
  queue.finish()
  queue.finish()
  queue.push(gone(1))
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await queue.next()).toEqual({ done: true, value: undefined })
  expect(closed).toBe(1)
})

it('tells an error once, after what waits', async () => {
  const queue = queueOf([gone(1)])
  queue.finish(new Error('lost'))
  expect(await queue.next()).toEqual({ done: false, value: gone(1) })
  await expect(queue.next()).rejects.toThrow('lost')
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

it('tells an error to one reader that waits and ends for the others', async () => {
  const queue = new EventQueue(10)
  const [first, second] = [queue.next(), queue.next()]
  queue.finish(new Error('lost'))
  await expect(first).rejects.toThrow('lost')
  expect(await second).toEqual({ done: true, value: undefined })
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

it('drops what waits when its reader leaves', async () => {
  let closed = 0
  const queue = new EventQueue(10, () => {
    closed += 1
  })
  queue.push(gone(1))
  for await (const _ of queue) break
  expect([queue.length, closed]).toEqual([0, 1])
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

it('gives a reader, however slow, the last word on every player, in order', async () => {
  const player = fc.integer({ min: 1, max: 3 })
  const event = fc.oneof(
    fc.record({ player, value: fc.nat(5) }).map(({ player, value }) => status(player, value)),
    fc.record({ player, value: fc.nat(5) }).map(({ player, value }) => state(player, value)),
    player.map(gone),
    fc.option(player).map(preferred),
  )
  const step = fc.oneof(
    { weight: 3, arbitrary: event },
    { weight: 1, arbitrary: fc.constant('read') },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new EventQueue(1000)
      const pushed: DriverEvent[] = []
      const got: DriverEvent[] = []
      for (const step of steps) {
        if (typeof step !== 'string') {
          pushed.push(step as DriverEvent)
          queue.push(step as DriverEvent)
        } else if (queue.length > 0) got.push((await queue.next()).value as DriverEvent)
      }
      got.push(...(await read(queue)))
      expect(follow(got)).toEqual(follow(pushed))
      const others = (events: DriverEvent[]) => events.filter((event) => !isUpdate(event))
      expect(others(got)).toEqual(others(pushed))
    }),
  )
})

/** What a reader knows in the end: each player's status, and which are gone at which point. */
function follow(events: DriverEvent[]): unknown {
  const known = new Map<number, number | string>()
  const history: string[] = []
  for (const event of events) {
    if (event.kind === 'status-updated') known.set(event.player, event.status)
    if (event.kind === 'state-updated') known.set(event.player, event.state.status)
    if (event.kind === 'unregistered') {
      history.push(`${event.player} left as ${known.get(event.player)}`)
      known.delete(event.player)
    }
  }
  return [Object.fromEntries(known), history]
}
