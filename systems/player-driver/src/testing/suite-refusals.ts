// Part of the driver suite: what is refused, with which code and which words.
import { describe, expect, it } from 'vitest'
import type { FsctDriver } from '../domain/driver.js'
import { defaultDriverLimits } from '../domain/limits.js'
import { emptyState, noTexts, Status, TextField } from '../domain/types.js'
import type { Context } from './bench.js'
import { RecordingDevice } from './recording-device.js'

const device = new RecordingDevice('any').info.id
const timeline = { positionMs: 0, updateUnixMs: 0, durationMs: 0, rate: 1 }
const texts = noTexts

/** Every method that names a player of the caller's own. */
const METHODS: Record<string, (driver: FsctDriver, player: number) => Promise<unknown>> = {
  unregisterPlayer: (driver, player) => driver.unregisterPlayer(player),
  assignPlayerToDevice: (driver, player) => driver.assignPlayerToDevice(player, device),
  unassignPlayerFromDevice: (driver, player) => driver.unassignPlayerFromDevice(player, device),
  getPlayerAssignedDevice: (driver, player) => driver.getPlayerAssignedDevice(player),
  updatePlayerState: (driver, player) => driver.updatePlayerState(player, emptyState),
  updatePlayerStatus: (driver, player) => driver.updatePlayerStatus(player, Status.Playing),
  updatePlayerTimeline: (driver, player) => driver.updatePlayerTimeline(player, null),
  updatePlayerMetadata: (driver, player) =>
    driver.updatePlayerMetadata(player, TextField.CurrentTitle, null),
}

const BAD_VALUES: [string, string, (driver: FsctDriver, player: number) => Promise<unknown>][] = [
  [
    'a status that is none',
    'invalid status code: 6',
    (driver, player) => driver.updatePlayerStatus(player, 6 as never),
  ],
  [
    'a status that is no integer',
    'invalid FsctStatus: expected integer',
    (driver, player) => driver.updatePlayerStatus(player, 0.5 as never),
  ],
  [
    'a text field that is none',
    'invalid text metadata id: 5',
    (driver, player) => driver.updatePlayerMetadata(player, 5 as never, 'x'),
  ],
  [
    'a text that is none',
    'invalid text: must be string or nil',
    (driver, player) => driver.updatePlayerMetadata(player, 1, 7 as never),
  ],
  [
    'a negative position',
    'invalid timeline position_ms: must be an integer from 0 to 9007199254740991',
    (driver, player) => driver.updatePlayerTimeline(player, { ...timeline, positionMs: -1 }),
  ],
  [
    'a fraction of a millisecond',
    'invalid timeline duration_ms: must be an integer from 0 to 9007199254740991',
    (driver, player) => driver.updatePlayerTimeline(player, { ...timeline, durationMs: 0.5 }),
  ],
  [
    'a rate without an end',
    'invalid timeline rate: must be a finite number',
    (driver, player) =>
      driver.updatePlayerTimeline(player, { ...timeline, rate: Number.POSITIVE_INFINITY }),
  ],
  [
    'a state with such a timeline',
    'invalid timeline position_ms: must be an integer from 0 to 9007199254740991',
    (driver, player) =>
      driver.updatePlayerState(player, {
        status: 1,
        texts,
        timeline: { ...timeline, positionMs: 2 ** 53 },
      }),
  ],
  [
    'a state with a text that is none',
    'invalid artist: must be string or nil',
    (driver, player) =>
      driver.updatePlayerState(player, {
        status: 1,
        timeline,
        texts: { ...texts, artist: 1 as never },
      }),
  ],
]

export function refusalTests(context: () => Context): void {
  describe.each(Object.entries(METHODS))('%s', (_, method) => {
    it('refuses a player that was never registered', async () => {
      await expect(method(context().driver, 4711)).rejects.toMatchObject({
        code: 'unknown-player',
        message: 'player_id 4711 not registered for this connection',
      })
    })

    it("refuses another client's player in the same words", async () => {
      const { bench, driver } = context()
      const other = await bench.connect()
      const player = await other.registerPlayer('mpv')
      await other.assignPlayerToDevice(player, device)
      await expect(method(driver, player)).rejects.toMatchObject({
        code: 'unknown-player',
        message: `player_id ${player} not registered for this connection`,
      })
      expect(await other.getPlayerAssignedDevice(player)).toBe(device)
    })

    it('refuses player 0', async () => {
      await expect(method(context().driver, 0)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: 'invalid player_id: must be non-zero',
      })
    })

    it('refuses a player id past 32 bits instead of cutting it', async () => {
      const { driver } = context()
      const player = await driver.registerPlayer('mpv')
      await expect(method(driver, 2 ** 32 + player)).rejects.toMatchObject({
        code: 'invalid-argument',
        message: 'invalid player_id: must be from 1 to 4294967295',
      })
    })
  })

  it.each(BAD_VALUES)('refuses %s', async (_, message, call) => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await expect(call(driver, player)).rejects.toMatchObject({ code: 'invalid-argument', message })
    expect((await driver.players())[0]?.state).toEqual(emptyState)
  })

  it('refuses texts past their limits, naming the limit', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    const { textChars, selfIdChars } = defaultDriverLimits
    const long = 'x'.repeat(textChars + 1)
    await expect(driver.updatePlayerMetadata(player, 1, long)).rejects.toMatchObject({
      code: 'too-large',
      message: `text has ${textChars + 1} characters, the limit is ${textChars}`,
    })
    await driver.updatePlayerMetadata(player, 1, 'x'.repeat(textChars))
    await expect(driver.registerPlayer('y'.repeat(selfIdChars + 1))).rejects.toMatchObject({
      code: 'too-large',
      message: `self_id has ${selfIdChars + 1} characters, the limit is ${selfIdChars}`,
    })
  })
}
