// Part of the driver suite: which events a client is told, and in which order.
import { expect, it } from 'vitest'
import type { DriverEventStream, FsctDriver } from '../domain/driver.js'
import type { DriverEvent } from '../domain/events.js'
import { emptyState, noTexts } from '../domain/types.js'
import type { Context } from './bench.js'
import { RecordingDevice } from './recording-device.js'

const device = new RecordingDevice('any').info.id

/** Every event that `act` causes: up to a mark that is made after it. */
export async function eventsOf(
  driver: FsctDriver,
  act: () => Promise<unknown>,
): Promise<DriverEvent[]> {
  const stream = await driver.subscribe()
  await act()
  const mark = await driver.registerPlayer('mark')
  const events: DriverEvent[] = []
  for await (const event of stream) {
    if (event.kind === 'registered' && event.player === mark) break
    events.push(event)
  }
  await driver.unregisterPlayer(mark)
  return events
}

async function next(stream: DriverEventStream): Promise<DriverEvent> {
  const result = await stream.next()
  if (result.done) throw new Error('the stream has ended')
  return result.value
}

export function eventTests(context: () => Context): void {
  it('tells of a registration, and of updates as they are made', async () => {
    const { driver } = context()
    const stream = await driver.subscribe()
    const player = await driver.registerPlayer('mpv')
    expect(await next(stream)).toEqual({ kind: 'registered', player, selfId: 'mpv' })
    await driver.updatePlayerStatus(player, 2)
    expect(await next(stream)).toEqual({ kind: 'status-updated', player, status: 2 })
    const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1.5 }
    await driver.updatePlayerTimeline(player, timeline)
    expect(await next(stream)).toEqual({ kind: 'timeline-updated', player, timeline })
    await driver.updatePlayerTimeline(player, null)
    expect(await next(stream)).toEqual({ kind: 'timeline-updated', player, timeline: null })
    await driver.updatePlayerMetadata(player, 0x31, 'soon')
    expect(await next(stream)).toEqual({ kind: 'text-updated', player, field: 0x31, text: 'soon' })
    const state = { status: 1, timeline, texts: { ...noTexts, title: 'T' } } as const
    await driver.updatePlayerState(player, state)
    expect(await next(stream)).toEqual({ kind: 'state-updated', player, state })
    await stream.return()
  })

  it('tells an assignment and then the state', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    expect(await eventsOf(driver, () => driver.assignPlayerToDevice(player, device))).toEqual([
      { kind: 'assigned', player, device },
      { kind: 'state-updated', player, state: emptyState },
    ])
  })

  it('tells a taken assignment', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await driver.assignPlayerToDevice(player, device)
    expect(await eventsOf(driver, () => driver.unassignPlayerFromDevice(player, device))).toEqual([
      { kind: 'unassigned', player, device },
    ])
  })

  it('tells at the end of a player: its assignment, its preference, itself', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await driver.assignPlayerToDevice(player, device)
    await driver.setPreferredPlayer(player)
    expect(await eventsOf(driver, () => driver.unregisterPlayer(player))).toEqual([
      { kind: 'unassigned', player, device },
      { kind: 'preferred-changed', preferred: null },
      { kind: 'unregistered', player },
    ])
  })

  it('tells at the end of a player without either only itself', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    expect(await eventsOf(driver, () => driver.unregisterPlayer(player))).toEqual([
      { kind: 'unregistered', player },
    ])
  })

  it('tells a preference only when it changes', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    const act = async () => {
      await driver.setPreferredPlayer(player)
      await driver.setPreferredPlayer(player)
      await driver.setPreferredPlayer(null)
      await driver.setPreferredPlayer(null)
    }
    expect(await eventsOf(driver, act)).toEqual([
      { kind: 'preferred-changed', preferred: player },
      { kind: 'preferred-changed', preferred: null },
    ])
  })

  it('tells nothing of what was refused', async () => {
    const { driver } = context()
    const refused = async () => {
      await expect(driver.updatePlayerStatus(99, 1)).rejects.toThrow()
      await expect(driver.registerPlayer(7 as never)).rejects.toThrow('self_id must be string')
    }
    expect(await eventsOf(driver, refused)).toEqual([])
  })

  it('tells of the players of other clients of the same user', async () => {
    const { bench, driver } = context()
    const other = await bench.connect()
    const stream = await driver.subscribe()
    const player = await other.registerPlayer('theirs')
    expect(await next(stream)).toEqual({ kind: 'registered', player, selfId: 'theirs' })
    await stream.return()
  })

  it('lets newer updates replace those that nobody has read, and never goes back', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    const positions: number[] = []
    const act = async () => {
      for (let positionMs = 1; positionMs <= 3000; positionMs++) {
        const timeline = { positionMs, updateUnixMs: 0, durationMs: 0, rate: 1 }
        // Waiting for the last is enough: calls are taken in order.
        const call = driver.updatePlayerTimeline(player, timeline)
        if (positionMs % 500 === 0) await call
      }
    }
    for (const event of await eventsOf(driver, act)) {
      if (event.kind === 'timeline-updated') positions.push(event.timeline?.positionMs ?? 0)
      else expect(event).toBeUndefined()
    }
    expect(positions.at(-1)).toBe(3000)
    expect(positions).toEqual(positions.toSorted((a, b) => a - b))
  })

  it('ends a stream when its reader leaves, or its signal fires, and goes on with the others', async () => {
    const { driver } = context()
    const left = await driver.subscribe()
    expect(await left.return()).toEqual({ done: true, value: undefined })
    expect(await left.next()).toEqual({ done: true, value: undefined })
    const abort = new AbortController()
    const aborted = await driver.subscribe({ signal: abort.signal })
    const waiting = aborted.next()
    abort.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    const dead = driver.subscribe({ signal: AbortSignal.abort() })
    await expect(dead).rejects.toMatchObject({ code: 'cancelled' })
    const open = await driver.subscribe()
    const player = await driver.registerPlayer('mpv')
    expect(await next(open)).toMatchObject({ kind: 'registered', player })
  })
}
