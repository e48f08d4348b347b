// Which player a device shows. One pure function over all players, asked again for each device
// whenever a status, an assignment, the preference or the set of devices changes.
import { type DeviceId, type PlayerId, Status } from './types.js'

/** What a player is to one device. */
export type Category =
  /** Assigned to this device. */
  | 'this'
  /** The preferred player, and not assigned to an attached device. */
  | 'user'
  /** Assigned to no device, or to one that is not attached. */
  | 'unassigned'
  /** Assigned to another device, which is attached. */
  | 'other'

export interface Candidate {
  readonly player: PlayerId
  readonly status: Status
  readonly assignedDevice: DeviceId | null
}

export interface Surroundings {
  readonly device: DeviceId
  readonly attached: ReadonlySet<DeviceId> | ReadonlyMap<DeviceId, unknown>
  readonly preferred: PlayerId | null
  /** The player that this device showed last, if any. */
  readonly lastShown: PlayerId | null
}

/**
 * The rules compare players two by two; together they are one order, written down here, the
 * highest shown. Of two in the same category the playing one wins. With one playing, it wins,
 * except that playing Unassigned does not beat idle UserSelected and playing AssignedToOther beats
 * no other category. Idle: UserSelected > This > Unassigned > Other. Playing: This > UserSelected >
 * Unassigned > Other.
 */
const RANK: Readonly<Record<Category, { playing: number; idle: number }>> = {
  this: { playing: 7, idle: 3 },
  user: { playing: 6, idle: 5 },
  unassigned: { playing: 4, idle: 2 },
  other: { playing: 1, idle: 0 },
}

export function categoryOf(candidate: Candidate, around: Surroundings): Category {
  const { assignedDevice } = candidate
  if (assignedDevice === around.device) return 'this'
  if (assignedDevice !== null && around.attached.has(assignedDevice)) return 'other'
  return candidate.player === around.preferred ? 'user' : 'unassigned'
}

/** Only Playing is playing: a player that seeks or buffers can lose the device to one that plays. */
export function isPlaying(status: Status): boolean {
  return status === Status.Playing
}

/**
 * The player to show, or null when there is none. A tie goes to the one last shown on this device,
 * and when that one is not among them to the one registered first.
 */
export function choosePlayer(
  candidates: Iterable<Candidate>,
  around: Surroundings,
): PlayerId | null {
  let best: PlayerId | null = null
  let bestRank = -1
  for (const candidate of candidates) {
    const rank = rankOf(candidate, around)
    if (rank < bestRank) continue
    if (rank > bestRank || winsTie(candidate.player, best as PlayerId, around.lastShown)) {
      best = candidate.player
      bestRank = rank
    }
  }
  return best
}

function rankOf(candidate: Candidate, around: Surroundings): number {
  const ranks = RANK[categoryOf(candidate, around)]
  return isPlaying(candidate.status) ? ranks.playing : ranks.idle
}

function winsTie(player: PlayerId, over: PlayerId, lastShown: PlayerId | null): boolean {
  if (over === lastShown) return false
  return player === lastShown || player < over
}
