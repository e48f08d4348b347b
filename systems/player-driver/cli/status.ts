// player-driver status: what the driver has at this moment, as tables or as JSON.
import { command, EXIT } from 'tieline/command'
import { positionAt } from '../src/devices/position.js'
import { timeText } from '../src/display/render.js'
import { clean, columns } from '../src/display/text.js'
import { deviceIdFromBytes } from '../src/domain/device-id.js'
import { statusName } from '../src/domain/names.js'
import { IpcDriver } from '../src/ipc/ipc-driver.js'
import { readDeviceId, readPlayer } from '../src/ipc/wire-listings.js'
import type { WireStatus } from '../src/ipc/wire-status.js'
import { driverAt, driverFrom } from './common.js'

export const status = command({
  name: 'status',
  options: {
    at: driverAt,
    json: { kind: 'flag', about: 'one line of JSON, for scripts' },
    timeout: { kind: 'duration', value: 'TIME', about: '500ms, 5s, 2m (default 10s)' },
  },
  about: `Shows the driver's players, devices, users and connections, as far as they are
your user's (root sees all): what each plays at which rate, what each device
shows, who is assigned where, and how many calls a second each one makes.`,
  example: `$ player-driver status
driver at local:fsct  protocol 1.0  pid 4711  up 2:05

PLAYER  NAME  STATUS   TITLE                  ARTIST                TIME
1       demo  playing  Morning at the Socket  The Half-Duplex Trio  0:07/0:42`,
  async run({ args, terminal, signal }) {
    const { at, json, timeout } = args.options
    await using driver = await IpcDriver.connect({
      at: driverFrom(at),
      signal,
      ...(timeout === undefined ? {} : { timeout, limits: { callMs: timeout } }),
    })
    const told = await driver.status()
    await terminal.print(
      json ? JSON.stringify(told, plain) : tables(told, driver.endpoint, Date.now()).join('\n'),
    )
    return EXIT.done
  },
})

/** Uuids as people and JSON write them. */
function plain(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? deviceIdFromBytes(value) : value
}

function tables(told: WireStatus, endpoint: string, now: number): string[] {
  const { protocol, pid, uptime_ms, connections, devices } = told
  const version = `protocol ${protocol.major}.${protocol.minor}`
  const players = told.players.map((each) => ({ ...readPlayer(each), ...each.owner }))
  const names = new Map(devices.map(({ device_id, name }) => [readDeviceId(device_id), name]))
  return [
    `driver at ${endpoint}  ${version}  pid ${pid}  up ${timeText(uptime_ms)}`,
    ...table('players', players, {
      PLAYER: ({ player, preferred }) => `${player}${preferred ? ' (preferred)' : ''}`,
      NAME: ({ selfId }) => selfId,
      STATUS: ({ state }) => statusName(state.status),
      TITLE: ({ state }) => state.texts.title,
      ARTIST: ({ state }) => state.texts.artist,
      TIME: ({ state }) => timeOf(state, now),
      RATE: ({ state }) => rateOf(state),
      'ASSIGNED TO': ({ assignedDevice }) =>
        assignedDevice && (names.get(assignedDevice) ?? assignedDevice),
      UID: (player) => player.uid,
      PID: (player) => player.pid,
    }),
    ...table('devices', devices, {
      DEVICE: ({ device_id }) => readDeviceId(device_id),
      NAME: ({ name }) => name,
      SHOWS: ({ shows }) => (shows === null ? 'nothing' : `player ${shows}`),
    }),
    ...table('users', usersOf(told), {
      UID: (user) => user.uid,
      CONNECTIONS: (user) => user.connections,
      PLAYERS: (user) => user.players,
      DEVICES: (user) => user.devices,
      'CALLS/S': (user) => user.calls,
    }),
    ...table('connections', connections, {
      PID: (connection) => connection.pid,
      UID: (connection) => connection.uid,
      PLAYERS: (connection) => connection.players,
      DEVICES: (connection) => connection.devices,
      SUBSCRIPTIONS: (connection) => connection.subscriptions,
      'CALLS/S': (connection) => connection.calls_per_second,
      SPEAKS: (connection) => connection.speaks,
    }),
  ]
}

/** The connections of each user as one. */
function usersOf({ connections }: WireStatus) {
  const uids = new Set(connections.map(({ uid }) => uid))
  return [...uids].map((uid) => {
    const own = connections.filter((connection) => connection.uid === uid)
    const sum = (of: (connection: (typeof own)[number]) => number) =>
      own.reduce((total, each) => total + of(each), 0)
    return {
      uid: uid ?? 'unknown',
      connections: own.length,
      players: sum((each) => each.players),
      devices: sum((each) => each.devices),
      // A sum of tenths, without the dust of binary fractions.
      calls: Math.round(10 * sum((each) => each.calls_per_second)) / 10,
    }
  })
}

type PlayerState = ReturnType<typeof readPlayer>['state']

function timeOf({ status, timeline }: PlayerState, now: number): string | null {
  if (timeline === null) return null
  const duration = timeline.durationMs > 0 ? timeText(timeline.durationMs) : '--:--'
  return `${timeText(positionAt(timeline, status, now))}/${duration}`
}

/** Only where it is not the usual one. */
function rateOf({ timeline }: PlayerState): string | null {
  return timeline === null || timeline.rate === 1 ? null : `${timeline.rate}x`
}

/** Columns of a title or name. 40: what tells it from others. */
const WIDEST_CELL = 40

/** Without rows one line that says so; columns without any value are left out. */
function table<Row>(
  what: string,
  rows: readonly Row[],
  cells: Readonly<Record<string, (row: Row) => string | number | null>>,
): string[] {
  if (rows.length === 0) return ['', `no ${what}`]
  const all = Object.entries(cells).flatMap(([title, cell]) => {
    const texts = rows.map((row) => short(clean(String(cell(row) ?? ''))))
    if (texts.every((text) => text === '')) return []
    const width = Math.max(columns(title), ...texts.map(columns))
    return [[title, ...texts].map((text) => text + ' '.repeat(width - columns(text)))]
  })
  const lines = ['', ...rows].map((_, index) => all.map((column) => column[index]).join('  '))
  return ['', ...lines.map((line) => line.trimEnd())]
}

function short(text: string): string {
  return columns(text) > WIDEST_CELL ? `${[...text].slice(0, WIDEST_CELL - 1).join('')}…` : text
}
