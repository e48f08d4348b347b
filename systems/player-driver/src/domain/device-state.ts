// What a device shows, and the difference between two such states: a device is sent only what
// changed. Pure functions; the driver keeps what it sent, the device what it was sent.
import type { PlayerState, Status, Timeline, TrackTexts } from './types.js'
import { emptyState, noTexts } from './types.js'

const TEXT_KEYS = ['title', 'artist', 'album', 'genre'] as const

/** A player's state with the texts of what it plays next, which travel only one by one. */
export interface DeviceState extends PlayerState {
  readonly queue: TrackTexts
}

/** A part that is not there has not changed. */
export interface DeviceUpdate {
  readonly status?: Status
  readonly timeline?: Timeline | null
  readonly texts?: Partial<TrackTexts>
  readonly queue?: Partial<TrackTexts>
}

export const clearedDevice: DeviceState = Object.freeze({ ...emptyState, queue: noTexts })

/** From one state to another; undefined when nothing changed. From `null`, not known: everything. */
export function difference(
  before: DeviceState | null,
  after: DeviceState,
): DeviceUpdate | undefined {
  if (before === null) return { ...after }
  const texts = textDifference(before.texts, after.texts)
  const queue = textDifference(before.queue, after.queue)
  const update: DeviceUpdate = {
    ...(before.status === after.status ? {} : { status: after.status }),
    ...(sameTimeline(before.timeline, after.timeline) ? {} : { timeline: after.timeline }),
    ...(texts ? { texts } : {}),
    ...(queue ? { queue } : {}),
  }
  return Object.keys(update).length === 0 ? undefined : update
}

/** The state after an update. */
export function updated(state: DeviceState, update: DeviceUpdate): DeviceState {
  return {
    status: update.status ?? state.status,
    timeline: update.timeline === undefined ? state.timeline : update.timeline,
    texts: update.texts ? { ...state.texts, ...update.texts } : state.texts,
    queue: update.queue ? { ...state.queue, ...update.queue } : state.queue,
  }
}

/** Two updates as one, the second being newer: for a device that is slower than its player. */
export function merged(first: DeviceUpdate, second: DeviceUpdate): DeviceUpdate {
  return {
    ...first,
    ...second,
    ...(first.texts || second.texts ? { texts: { ...first.texts, ...second.texts } } : {}),
    ...(first.queue || second.queue ? { queue: { ...first.queue, ...second.queue } } : {}),
  }
}

export function sameTimeline(a: Timeline | null, b: Timeline | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.positionMs === b.positionMs &&
    a.updateUnixMs === b.updateUnixMs &&
    a.durationMs === b.durationMs &&
    a.rate === b.rate
  )
}

/** The texts that differ, as they are in `after`; undefined when none does. */
export function textDifference(
  before: TrackTexts,
  after: TrackTexts,
): Partial<TrackTexts> | undefined {
  if (before === after) return undefined
  const changed: { -readonly [key in keyof TrackTexts]?: string | null } = {}
  for (const key of TEXT_KEYS) {
    if (before[key] !== after[key]) changed[key] = after[key]
  }
  return Object.keys(changed).length === 0 ? undefined : changed
}
