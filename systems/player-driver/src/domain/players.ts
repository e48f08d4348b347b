// The table of players: who registered them, what they play, where they are assigned, which one is
// preferred. Synchronous; every change is told through `emit`, in the order the protocol promises.
import { exhausted, noSuchPlayer, notAssigned, unknownPlayer } from './errors.js'
import type { DeviceEvent, PlayerEvent, PreferredChanged } from './events.js'
import { textPlace } from './names.js'
import {
  type DeviceId,
  emptyState,
  noTexts,
  type PlayerId,
  type PlayerInfo,
  type PlayerState,
  type Status,
  type TextField,
  type Timeline,
  type TrackTexts,
} from './types.js'

/** Who holds a session: told apart by identity, described for people and for access. */
export interface Owner {
  /** What to call it in listings: 'mpv watcher'. */
  readonly label?: string
  /** The user, where the platform tells it. */
  readonly uid?: number
  readonly pid?: number
}

export interface Player {
  readonly id: PlayerId
  readonly selfId: string
  readonly owner: Owner
  readonly state: PlayerState
  /** Texts of what plays next. A state update leaves them alone: it does not carry them. */
  readonly queue: TrackTexts
  readonly assignedDevice: DeviceId | null
}

/** An event of the table and, when it is about one player, whose player that is. */
export type Emit = (
  event: PlayerEvent | PreferredChanged | DeviceEvent,
  owner: Owner | null,
) => void

type Changeable = { -readonly [key in keyof Player]: Player[key] }

const LAST_ID = 0xffff_ffff

export class PlayerTable {
  readonly #emit: Emit
  /** In the order of registration. */
  readonly #players = new Map<PlayerId, Changeable>()
  #nextId: number
  #preferred: PlayerId | null = null

  /** `firstId` is for tests of the last ids. */
  constructor(emit: Emit, firstId = 1) {
    this.#emit = emit
    this.#nextId = firstId
  }

  get preferred(): PlayerId | null {
    return this.#preferred
  }

  /** All players, in the order of their registration. */
  all(): IterableIterator<Player> {
    return this.#players.values()
  }

  get(id: PlayerId): Player | undefined {
    return this.#players.get(id)
  }

  /** The player, if this owner registered it. Throws `unknown-player` otherwise. */
  owned(owner: Owner, id: PlayerId): Player {
    const player = this.#players.get(id)
    if (player?.owner !== owner) throw unknownPlayer(id)
    return player
  }

  register(owner: Owner, selfId: string): PlayerId {
    if (this.#nextId > LAST_ID) {
      // An id given again would make an old client's update land on a stranger's player.
      throw exhausted(`no more player ids: ${LAST_ID} players were registered since the start`)
    }
    const id = this.#nextId
    this.#nextId += 1
    const player = { id, selfId, owner, state: emptyState, queue: noTexts, assignedDevice: null }
    this.#players.set(id, player)
    this.#emit({ kind: 'registered', player: id, selfId }, owner)
    return id
  }

  unregister(owner: Owner, id: PlayerId): void {
    const { assignedDevice } = this.#change(owner, id)
    this.#players.delete(id)
    if (assignedDevice !== null) {
      this.#emit({ kind: 'unassigned', player: id, device: assignedDevice }, owner)
    }
    if (this.#preferred === id) this.#prefer(null)
    this.#emit({ kind: 'unregistered', player: id }, owner)
  }

  assign(owner: Owner, id: PlayerId, device: DeviceId): void {
    const player = this.#change(owner, id)
    player.assignedDevice = device
    this.#emit({ kind: 'assigned', player: id, device }, owner)
    this.#emit({ kind: 'state-updated', player: id, state: player.state }, owner)
  }

  unassign(owner: Owner, id: PlayerId, device: DeviceId): void {
    const player = this.#change(owner, id)
    if (player.assignedDevice !== device) throw notAssigned(id, device)
    player.assignedDevice = null
    this.#emit({ kind: 'unassigned', player: id, device }, owner)
  }

  setState(owner: Owner, id: PlayerId, state: PlayerState): void {
    this.#change(owner, id).state = state
    this.#emit({ kind: 'state-updated', player: id, state }, owner)
  }

  setStatus(owner: Owner, id: PlayerId, status: Status): void {
    const player = this.#change(owner, id)
    player.state = { ...player.state, status }
    this.#emit({ kind: 'status-updated', player: id, status }, owner)
  }

  setTimeline(owner: Owner, id: PlayerId, timeline: Timeline | null): void {
    const player = this.#change(owner, id)
    player.state = { ...player.state, timeline }
    this.#emit({ kind: 'timeline-updated', player: id, timeline }, owner)
  }

  setText(owner: Owner, id: PlayerId, field: TextField, text: string | null): void {
    const player = this.#change(owner, id)
    const { of, key } = textPlace(field)
    if (of === 'queue') player.queue = { ...player.queue, [key]: text }
    else player.state = { ...player.state, texts: { ...player.state.texts, [key]: text } }
    this.#emit({ kind: 'text-updated', player: id, field, text }, owner)
  }

  /** Null: none. Throws `unknown-player` for one that is not registered. Tells only a change. */
  setPreferred(id: PlayerId | null): void {
    if (id !== null && !this.#players.has(id)) throw noSuchPlayer(id)
    if (id !== this.#preferred) this.#prefer(id)
  }

  #prefer(id: PlayerId | null): void {
    this.#preferred = id
    this.#emit({ kind: 'preferred-changed', preferred: id }, null)
  }

  #change(owner: Owner, id: PlayerId): Changeable {
    return this.owned(owner, id) as Changeable
  }
}

/** A player as a listing shows it. */
export function infoOf(player: Player, preferred: PlayerId | null): PlayerInfo {
  const { id, selfId, state, assignedDevice } = player
  return { player: id, selfId, state, assignedDevice, preferred: id === preferred }
}
