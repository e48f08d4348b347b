// Part of the driver suite: what is left when a client goes.
import { expect, it } from 'vitest'
import type { DriverEvent } from '../domain/events.js'
import type { Context } from './bench.js'
import { RecordingDevice } from './recording-device.js'

const device = new RecordingDevice('any').info.id

export function closingTests(context: () => Context): void {
  it("unregisters a client's players when it closes, and nobody else's", async () => {
    const { bench, driver } = context()
    const kept = await driver.registerPlayer('kept')
    const other = await bench.connect()
    const player = await other.registerPlayer('gone')
    await other.assignPlayerToDevice(player, device)
    await driver.setPreferredPlayer(player)
    const stream = await driver.subscribe()
    await other.close()
    const events: DriverEvent[] = []
    for await (const event of stream) {
      events.push(event)
      if (event.kind === 'unregistered') break
    }
    expect(events).toEqual([
      { kind: 'unassigned', player, device },
      { kind: 'preferred-changed', preferred: null },
      { kind: 'unregistered', player },
    ])
    expect((await driver.players()).map((info) => info.player)).toEqual([kept])
  })

  it('ends its streams and refuses calls after close, which may be called twice', async () => {
    const { driver } = context()
    const stream = await driver.subscribe()
    const waiting = stream.next()
    await driver.close()
    await driver.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await expect(driver.registerPlayer('late')).rejects.toThrow()
    await expect(driver.subscribe()).rejects.toThrow()
    await expect(driver.getProtocolVersion()).rejects.toThrow()
  })

  it('closes at the end of an `await using`', async () => {
    const { bench, driver } = context()
    const other = await bench.connect()
    await other.registerPlayer('mpv')
    await other[Symbol.asyncDispose]()
    await expect(other.players()).rejects.toThrow()
    expect(await driver.players()).toEqual([])
  })
}
