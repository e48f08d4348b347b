// The one interface of the player driver. A program that holds it cannot tell whether the work is
// done in its own process or behind a socket, apart from connection errors.
import type { DriverEvent } from './events.js'
import type {
  DeviceId,
  DeviceInfo,
  PlayerId,
  PlayerInfo,
  PlayerState,
  ProtocolVersion,
  Status,
  TextField,
  Timeline,
} from './types.js'

/**
 * One client's view of a driver. It may change only the players it registered itself, and it sees
 * the players of its own user. Every method rejects with a TielineError: `invalid-argument` for a
 * value that cannot be, `unknown-player` for a player that is not this client's, `too-large` and
 * `resource-exhausted` past a limit, `unavailable` after `close`. Calls take effect in the order in
 * which they were made, also when nobody waits for their answers.
 */
export interface FsctDriver extends AsyncDisposable {
  getProtocolVersion(): Promise<ProtocolVersion>

  /** `selfId`: what the player calls itself. Names need not differ. Resolves to an id never given before. */
  registerPlayer(selfId: string): Promise<PlayerId>
  /** Takes the player away, with its assignment and, if it has it, the preference. */
  unregisterPlayer(player: PlayerId): Promise<void>

  /** Replaces an earlier assignment. The device need not be attached, now or ever. */
  assignPlayerToDevice(player: PlayerId, device: DeviceId): Promise<void>
  /** Rejects with `not-assigned` when the player is not assigned to that device. */
  unassignPlayerFromDevice(player: PlayerId, device: DeviceId): Promise<void>
  getPlayerAssignedDevice(player: PlayerId): Promise<DeviceId | null>

  /** All of a player's state at once: what is null in it is cleared. */
  updatePlayerState(player: PlayerId, state: PlayerState): Promise<void>
  updatePlayerStatus(player: PlayerId, status: Status): Promise<void>
  updatePlayerTimeline(player: PlayerId, timeline: Timeline | null): Promise<void>
  updatePlayerMetadata(player: PlayerId, field: TextField, text: string | null): Promise<void>

  /** The player that the user chose: any that this client sees. Null: none is preferred. */
  setPreferredPlayer(player: PlayerId | null): Promise<void>
  getPreferredPlayer(): Promise<PlayerId | null>

  /** The players that this client sees, in the order of their registration. */
  players(): Promise<PlayerInfo[]>
  /** The devices attached now, in the order in which they came. */
  devices(): Promise<DeviceInfo[]>

  /**
   * Everything that happens from now on to what this client sees, in order. Bounded: while the reader
   * is slow, a newer update of a player replaces the one of the same kind that waits; of the other
   * events the oldest are dropped, which an `events-lost` in their place tells. Ends when this driver
   * is closed, the stream's `return` is called (as leaving a `for await` does) or the signal fires.
   */
  subscribe(options?: { readonly signal?: AbortSignal }): Promise<DriverEventStream>

  /** Unregisters this client's players and ends its streams. Idempotent; never rejects. */
  close(): Promise<void>
}

export interface DriverEventStream extends AsyncIterableIterator<DriverEvent>, AsyncDisposable {
  return(): Promise<IteratorResult<DriverEvent>>
}
