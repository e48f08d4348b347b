// What an MPRIS player plays, as far as it told: pure functions from its properties to what a driver
// is told. The names are those of the interface org.mpris.MediaPlayer2.Player.
import { defaultDriverLimits } from '../domain/limits.js'
import { noTexts, Status, type Timeline, type TrackTexts } from '../domain/types.js'
import { dictionary } from './dbus.js'
import type { Publication } from './publisher.js'

export interface MprisState {
  /** PlaybackStatus: 'Playing', 'Paused', 'Stopped'. */
  readonly status: string
  readonly rate: number
  readonly metadata: ReadonlyMap<string, unknown>
  readonly position: { readonly positionMs: number; readonly unixMs: number } | null
}

export const initialMpris: MprisState = {
  status: 'Stopped',
  rate: 1,
  metadata: new Map(),
  position: null,
}

/** The state after these properties were told. */
export function withProperties(
  state: MprisState,
  changed: ReadonlyMap<string, unknown>,
): MprisState {
  const status = changed.get('PlaybackStatus')
  const rate = changed.get('Rate')
  const metadata = changed.get('Metadata')
  return {
    ...state,
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof rate === 'number' && Number.isFinite(rate) ? { rate } : {}),
    ...(metadata === undefined ? {} : { metadata: dictionary(metadata) }),
  }
}

/** The state after the player said, at a moment, where it is: microseconds. */
export function withPosition(state: MprisState, microseconds: unknown, unixMs: number): MprisState {
  const positionMs = millisecondsOf(microseconds)
  return { ...state, position: positionMs === undefined ? null : { positionMs, unixMs } }
}

/** Whether the position must be asked for again: MPRIS tells only jumps by itself. */
export function movesPosition(before: MprisState, after: MprisState): boolean {
  return (
    before.status !== after.status ||
    before.rate !== after.rate ||
    before.metadata !== after.metadata
  )
}

export function mprisPublication(state: MprisState): Publication {
  const status = statusOf(state.status)
  if (status === Status.Stopped) {
    return { state: { status, timeline: null, texts: noTexts }, queue: noTexts }
  }
  const { metadata } = state
  const texts: TrackTexts = {
    title: text(metadata.get('xesam:title')),
    artist: text(metadata.get('xesam:artist') ?? metadata.get('xesam:albumArtist')),
    album: text(metadata.get('xesam:album')),
    genre: text(metadata.get('xesam:genre')),
  }
  return { state: { status, timeline: timelineOf(state), texts }, queue: noTexts }
}

function timelineOf({ position, rate, metadata }: MprisState): Timeline | null {
  if (position === null) return null
  return {
    positionMs: position.positionMs,
    updateUnixMs: Math.round(position.unixMs),
    durationMs: millisecondsOf(metadata.get('mpris:length')) ?? 0,
    rate,
  }
}

function statusOf(name: string): Status {
  switch (name) {
    case 'Playing':
      return Status.Playing
    case 'Paused':
      return Status.Paused
    case 'Stopped':
      return Status.Stopped
    default:
      return Status.Unknown
  }
}

function millisecondsOf(microseconds: unknown): number | undefined {
  if (typeof microseconds !== 'number' || !Number.isFinite(microseconds)) return undefined
  return Math.max(0, Math.round(microseconds / 1000))
}

/** Artists and genres are lists. */
function text(value: unknown): string | null {
  const parts: unknown[] = Array.isArray(value) ? value : [value]
  const texts = parts.filter((part) => typeof part === 'string' && part.trim() !== '')
  return texts.length === 0 ? null : texts.join(', ').slice(0, defaultDriverLimits.textChars)
}
