// What a driver tells of itself for people: its connections, players and devices at one moment.
import type { HostStatus } from '../domain/host.js'
import type { Owner } from '../domain/players.js'
import { PROTOCOL_VERSION, type ProtocolVersion } from '../domain/types.js'
import { type WireDevice, type WirePlayer, writeDevice, writePlayer } from './wire-listings.js'

/** Who is behind a connection. Nil where the platform does not tell. */
export interface WireOwner {
  readonly uid: number | null
  readonly pid: number | null
}

export interface WireStatus {
  readonly protocol: ProtocolVersion
  /** Of the driver's process. */
  readonly pid: number
  readonly uptime_ms: number
  readonly connections: readonly (WireOwner & {
    readonly players: number
    readonly devices: number
    readonly subscriptions: number
    /** Calls of the client, over the last ten seconds. */
    readonly calls_per_second: number
    /** 'msgpack-rpc' or 'json-rpc'. */
    readonly speaks: string
  })[]
  readonly players: readonly (WirePlayer & { readonly owner: WireOwner })[]
  readonly devices: readonly (WireDevice & {
    /** The player that it shows; nil for none, or for one that the caller may not see. */
    readonly shows: number | null
  })[]
}

/** One connection, for its line in the status. */
export interface ConnectionLoad {
  readonly owner: Owner
  readonly devices: number
  readonly subscriptions: number
  readonly callsPerSecond: number
  readonly speaks: string
}

/** `sees`: whether the caller may know of what belongs to that owner. */
export function writeStatus(
  host: HostStatus,
  connections: readonly ConnectionLoad[],
  { pid, uptimeMs, sees }: { pid: number; uptimeMs: number; sees: (owner: Owner) => boolean },
): WireStatus {
  const players = host.players.filter((player) => sees(player.owner))
  const visible = new Set(players.map((info) => info.player))
  return {
    protocol: PROTOCOL_VERSION,
    pid,
    uptime_ms: uptimeMs,
    connections: connections
      .filter((connection) => sees(connection.owner))
      .map(({ owner, devices, subscriptions, callsPerSecond, speaks }) => ({
        ...writeOwner(owner),
        players: players.filter((player) => player.owner === owner).length,
        devices,
        subscriptions,
        calls_per_second: callsPerSecond,
        speaks,
      })),
    players: players.map((info) => ({ ...writePlayer(info), owner: writeOwner(info.owner) })),
    devices: host.devices.map((info) => ({
      ...writeDevice(info),
      shows: info.shows !== null && visible.has(info.shows) ? info.shows : null,
    })),
  }
}

function writeOwner({ uid, pid }: Owner): WireOwner {
  return { uid: uid ?? null, pid: pid ?? null }
}
