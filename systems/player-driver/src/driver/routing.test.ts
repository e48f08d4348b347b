// Which player a device shows, rule by rule across the socket: two players of two connections, two
// devices of two more, in every pair of places; and devices that come and go.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { emptyState, type PlayerId, Status } from '../domain/types.js'
import type { IpcDriver } from '../ipc/ipc-driver.js'
import type { Generation } from '../ipc/link.js'
import { eventually } from '../testing/eventually.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { type ServedDriver, servedDriver } from '../testing/served.js'

type Category = 'this' | 'user' | 'unassigned' | 'other'
interface Side {
  readonly category: Category
  readonly playing: boolean
}

/** The highest is shown: the rules of the wire, written as one order. */
const ORDER = [
  'playing this',
  'playing user',
  'idle user',
  'playing unassigned',
  'idle this',
  'idle unassigned',
  'playing other',
  'idle other',
]
const say = ({ category, playing }: Side) => `${playing ? 'playing' : 'idle'} ${category}`
const SIDES: Side[] = ORDER.map((text) => {
  const [how, category] = text.split(' ') as [string, Category]
  return { category, playing: how === 'playing' }
})
const PAIRS = SIDES.flatMap((first) => SIDES.map((second) => ({ first, second })))
  // There is one preferred player at most.
  .filter(({ first, second }) => !(first.category === 'user' && second.category === 'user'))
  .map((pair) => ({ ...pair, name: `${say(pair.first)} against ${say(pair.second)}` }))

let served: ServedDriver
let drivers: IpcDriver[]
const here = new RecordingDevice('here')
const there = new RecordingDevice('there')

beforeAll(async () => {
  served = await servedDriver()
  const generations: Generation[] = [1, 3, 1, 3]
  drivers = await Promise.all(generations.map((generation) => served.connect({ generation })))
  await drivers[2]?.attachDevice(here)
  await drivers[3]?.attachDevice(there)
})
afterAll(() => served.close())

/** Players that `put` made, to be taken away after each test. */
const made: [IpcDriver, PlayerId][] = []
afterEach(async () => {
  for (const [driver, player] of made.splice(0)) await driver.unregisterPlayer(player)
  await eventually(() => expect(here.state).toMatchObject(emptyState))
})

/** A player in its place. Returns it, and what was shown before the last step. */
async function put(index: number, title: string, { category, playing }: Side) {
  const driver = drivers[index] as IpcDriver
  const player = await driver.registerPlayer(title)
  made.push([driver, player])
  await driver.updatePlayerMetadata(player, 1, title)
  if (category === 'this') await driver.assignPlayerToDevice(player, here.info.id)
  if (category === 'other') await driver.assignPlayerToDevice(player, there.info.id)
  if (category === 'user') await driver.setPreferredPlayer(player)
  const before = served.server.host.shownOn(here.info.id)
  await driver.updatePlayerStatus(player, playing ? Status.Playing : Status.Paused)
  return { player, before }
}

describe('of two players a device shows', () => {
  it.each(PAIRS)('$name', async ({ first, second }) => {
    const one = await put(0, 'one', first)
    const two = await put(1, 'two', second)
    const [a, b] = [ORDER.indexOf(say(first)), ORDER.indexOf(say(second))]
    // A tie goes to the one shown last.
    const winner = a === b ? two.before : a < b ? one.player : two.player
    expect(served.server.host.shownOn(here.info.id)).toBe(winner)
    const title = winner === one.player ? 'one' : 'two'
    await eventually(() => expect(here.state.texts.title).toBe(title))
  })
})

describe('a player assigned to a device that goes', () => {
  it('counts as unassigned until the device is back under the same id', async () => {
    const driver = drivers[0] as IpcDriver
    const guest = new RecordingDevice('guest')
    const again = new RecordingDevice('guest')
    expect(again.info.id).toBe(guest.info.id)
    const mine = await put(0, 'assigned', { category: 'unassigned', playing: true })
    await driver.assignPlayerToDevice(mine.player, guest.info.id)
    // Away: it is anybody's.
    await eventually(() => expect(here.state.texts.title).toBe('assigned'))
    await put(1, 'idle', { category: 'unassigned', playing: false })
    const detach = await drivers[2]?.attachDevice(guest)
    await eventually(() => expect(here.state.texts.title).toBe('idle'))
    await eventually(() => expect(guest.state.texts.title).toBe('assigned'))
    await detach?.()
    await eventually(() => expect(here.state.texts.title).toBe('assigned'))
    const off = await drivers[3]?.attachDevice(again)
    await eventually(() => expect(again.state.texts.title).toBe('assigned'))
    expect(await driver.getPlayerAssignedDevice(mine.player)).toBe(again.info.id)
    await off?.()
  })
})

it('sends a device only what changed, and nothing of players that it does not show', async () => {
  const shown = await put(0, 'shown', { category: 'this', playing: true })
  const hidden = await put(1, 'hidden', { category: 'other', playing: false })
  await eventually(() => expect(here.state).toMatchObject({ status: 1, texts: { title: 'shown' } }))
  const before = here.updates.length
  const timeline = { positionMs: 1, updateUnixMs: 2, durationMs: 3, rate: 1 }
  await drivers[1]?.updatePlayerTimeline(hidden.player, timeline)
  await drivers[1]?.updatePlayerMetadata(hidden.player, 2, 'nobody sees it')
  await drivers[0]?.updatePlayerMetadata(shown.player, 1, 'shown')
  await drivers[0]?.updatePlayerTimeline(shown.player, timeline)
  await eventually(() => expect(here.updates.length).toBeGreaterThan(before))
  await drivers[0]?.updatePlayerMetadata(shown.player, 2, 'artist')
  await eventually(() => expect(here.updates.length).toBe(before + 2))
  expect(here.updates.slice(before)).toEqual([{ timeline }, { texts: { artist: 'artist' } }])
})
