// Values as generation 1 writes them (maps with snake_case keys, integers for enums, uuids as 16
// bytes), to and from the words of this driver. Reading refuses unknown keys, as the original does.
import { checkState, checkTimeline } from '../domain/check.js'
import { invalid } from '../domain/errors.js'
import { type DriverLimits, defaultDriverLimits } from '../domain/limits.js'
import { emptyState, noTexts, type PlayerState, type Timeline } from '../domain/types.js'

export interface WireTimeline {
  readonly position_ms: number
  readonly update_unix_ms: number
  readonly duration_ms: number
  readonly rate: number
}

export interface WireState {
  readonly status: number
  readonly timeline: WireTimeline | null
  readonly texts: {
    readonly title: string | null
    readonly artist: string | null
    readonly album: string | null
    readonly genre: string | null
  }
}

export function writeTimeline(timeline: Timeline | null): WireTimeline | null {
  if (timeline === null) return null
  return {
    position_ms: timeline.positionMs,
    update_unix_ms: timeline.updateUnixMs,
    duration_ms: timeline.durationMs,
    rate: timeline.rate,
  }
}

export function writeState(state: PlayerState): WireState {
  const { title, artist, album, genre } = state.texts
  return {
    status: state.status,
    timeline: writeTimeline(state.timeline),
    texts: { title, artist, album, genre },
  }
}

export function readTimeline(value: unknown): Timeline | null {
  if (value === null || value === undefined) return null
  const map = mapOf(value, 'invalid TimelineInfo: expected map or nil')
  refuseOtherKeys(map, TIMELINE_KEYS, 'invalid timeline key')
  return checkTimeline({
    positionMs: map.position_ms,
    updateUnixMs: map.update_unix_ms,
    durationMs: map.duration_ms,
    rate: map.rate,
  })
}

/** Left-out parts are what a new player has: status unknown, no timeline, no texts. */
export function readState(value: unknown, limits: DriverLimits): PlayerState {
  const map = mapOf(value, 'invalid PlayerState: expected map')
  refuseOtherKeys(map, STATE_KEYS, 'invalid player state key')
  const texts =
    map.texts === undefined ? noTexts : mapOf(map.texts, 'invalid texts: texts must be map')
  refuseOtherKeys(texts, TEXT_KEYS, 'invalid text key')
  return checkState(
    {
      status: map.status === undefined ? emptyState.status : map.status,
      timeline: readTimeline(map.timeline),
      texts,
    },
    limits,
  )
}

/** For a client that reads what a driver sends: how long texts may be is the driver's to say. */
export const ANY_LENGTH: DriverLimits = Object.freeze({
  ...defaultDriverLimits,
  textChars: Number.POSITIVE_INFINITY,
  selfIdChars: Number.POSITIVE_INFINITY,
})

const TIMELINE_KEYS = new Set(['position_ms', 'update_unix_ms', 'duration_ms', 'rate'])
const STATE_KEYS = new Set(['status', 'timeline', 'texts'])
export const TEXT_KEYS: ReadonlySet<string> = new Set(['title', 'artist', 'album', 'genre'])

export function mapOf(value: unknown, otherwise: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw invalid(otherwise)
  if (Array.isArray(value) || ArrayBuffer.isView(value)) throw invalid(otherwise)
  return value as Record<string, unknown>
}

export function refuseOtherKeys(map: object, known: ReadonlySet<string>, text: string): void {
  for (const key of Object.keys(map)) {
    if (!known.has(key)) throw invalid(`${text}: ${key.slice(0, 64)}`)
  }
}
