// What mpv plays, as far as it told: a pure function from what it was and one event to what it is, and
// from there to what a driver is told.
import { defaultDriverLimits } from '../domain/limits.js'
import {
  noTexts,
  type PlayerState,
  Status,
  type Timeline,
  type TrackTexts,
} from '../domain/types.js'
import type { Publication } from './publisher.js'

/**
 * The properties to observe. Not the position: mpv would tell it with every frame. It is asked for
 * when it stops being what it would be by the clock; see `movesPosition`.
 */
export const MPV_PROPERTIES = [
  'idle-active',
  'pause',
  'seeking',
  'core-idle',
  'paused-for-cache',
  'speed',
  'duration',
  'media-title',
  'metadata',
  'playlist-pos',
  'playlist-count',
] as const

/** An event as mpv's dialect gives it: the name, and the other fields. */
export interface MpvEvent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface MpvPosition {
  readonly positionMs: number
  /** When mpv said so. */
  readonly unixMs: number
}

export interface MpvState {
  readonly idle: boolean
  readonly paused: boolean
  readonly seeking: boolean
  /** Nothing comes out: paused, or waiting for data. */
  readonly coreIdle: boolean
  readonly buffering: boolean
  /** Between the choice of a file and its first sound. */
  readonly loading: boolean
  /** The last file could not be played. */
  readonly failed: boolean
  readonly speed: number
  readonly durationMs: number
  readonly mediaTitle: string | null
  /** Tags by their names in lower case: files differ in it. */
  readonly tags: ReadonlyMap<string, string>
  readonly playlistPos: number
  readonly playlistCount: number
  readonly position: MpvPosition | null
  /** What plays next, by its title or file name. */
  readonly next: string | null
}

export const initialMpv: MpvState = {
  idle: true,
  paused: false,
  seeking: false,
  coreIdle: true,
  buffering: false,
  loading: false,
  failed: false,
  speed: 1,
  durationMs: 0,
  mediaTitle: null,
  tags: new Map(),
  playlistPos: -1,
  playlistCount: 0,
  position: null,
  next: null,
}

/** The state after an event. Events that say nothing of interest leave it as it is. */
export function afterEvent(state: MpvState, event: MpvEvent): MpvState {
  const { method, params } = event
  switch (method) {
    case 'property-change':
      return { ...state, ...changed(params.name, params.data) }
    case 'start-file':
      return {
        ...state,
        loading: true,
        failed: false,
        position: null,
        durationMs: 0,
        tags: new Map(),
      }
    case 'playback-restart':
      return { ...state, loading: false }
    case 'end-file':
      return { ...state, loading: false, failed: params.reason === 'error', position: null }
    default:
      return state
  }
}

/** Whether the position must be asked for again: the old one and the clock no longer tell it. */
export function movesPosition(before: MpvState, after: MpvState, event: MpvEvent): boolean {
  if (after.idle) return false
  return (
    event.method === 'playback-restart' ||
    before.paused !== after.paused ||
    before.coreIdle !== after.coreIdle ||
    before.buffering !== after.buffering ||
    before.speed !== after.speed
  )
}

/** Whether another file is next. */
export function movesPlaylist(before: MpvState, after: MpvState): boolean {
  return before.playlistPos !== after.playlistPos || before.playlistCount !== after.playlistCount
}

/** What to tell a driver. */
export function mpvPublication(state: MpvState): Publication {
  const status = statusOf(state)
  const next = state.next === null ? noTexts : { ...noTexts, title: clipped(state.next) }
  if (state.idle) return { state: { status, timeline: null, texts: noTexts }, queue: noTexts }
  const player: PlayerState = { status, timeline: timelineOf(state), texts: textsOf(state) }
  return { state: player, queue: next }
}

/** Where mpv should be at a moment, by what it told last; undefined when it told nothing. */
export function expectedPosition(state: MpvState, unixMs: number): number | undefined {
  if (state.position === null) return undefined
  const runs = statusOf(state) === Status.Playing
  return state.position.positionMs + (runs ? (unixMs - state.position.unixMs) * state.speed : 0)
}

function statusOf(state: MpvState): Status {
  if (state.idle) return state.failed ? Status.Error : Status.Stopped
  if (state.seeking) return Status.Seeking
  if (state.buffering) return Status.Buffering
  if (state.paused) return Status.Paused
  return state.loading || state.coreIdle ? Status.Buffering : Status.Playing
}

function timelineOf(state: MpvState): Timeline | null {
  if (state.position === null) return null
  return {
    positionMs: state.position.positionMs,
    updateUnixMs: Math.round(state.position.unixMs),
    durationMs: state.durationMs,
    rate: state.speed,
  }
}

function textsOf({ mediaTitle, tags }: MpvState): TrackTexts {
  const told = {
    title: tag(mediaTitle),
    artist: tag(tags.get('artist') ?? tags.get('album_artist') ?? tags.get('performer')),
    album: tag(tags.get('album') ?? tags.get('icy-name')),
    genre: tag(tags.get('genre') ?? tags.get('icy-genre')),
  }
  // A station has one text for both: "Artist - Title".
  const station = told.artist === null ? /^(.+?) - (.+)$/.exec(tags.get('icy-title') ?? '') : null
  return station ? { ...told, artist: tag(station[1]), title: tag(station[2]) } : told
}

function changed(name: unknown, data: unknown): Partial<MpvState> {
  switch (name) {
    case 'idle-active':
      return { idle: data === true }
    case 'pause':
      return { paused: data === true }
    case 'seeking':
      return { seeking: data === true }
    case 'core-idle':
      return { coreIdle: data === true }
    case 'paused-for-cache':
      return { buffering: data === true }
    case 'speed':
      return { speed: finite(data) ?? 1 }
    case 'duration':
      return { durationMs: millisecondsOf(data) ?? 0 }
    case 'media-title':
      return { mediaTitle: typeof data === 'string' ? data : null }
    case 'metadata':
      return { tags: tagsOf(data) }
    case 'playlist-pos':
      return { playlistPos: finite(data) ?? -1 }
    case 'playlist-count':
      return { playlistCount: finite(data) ?? 0 }
    default:
      return {}
  }
}

/** mpv's seconds as whole milliseconds, not below 0; undefined when there are none. */
export function millisecondsOf(seconds: unknown): number | undefined {
  const value = finite(seconds)
  return value === undefined ? undefined : Math.max(0, Math.round(value * 1000))
}

function tagsOf(data: unknown): ReadonlyMap<string, string> {
  if (typeof data !== 'object' || data === null) return new Map()
  const texts = Object.entries(data).filter(([, text]) => typeof text === 'string')
  return new Map(texts.map(([key, text]) => [key.toLowerCase(), text as string]))
}

function tag(text: string | null | undefined): string | null {
  return text === null || text === undefined || text.trim() === '' ? null : clipped(text)
}

/** A driver refuses longer texts, and no display shows so much. */
function clipped(text: string): string {
  return text.slice(0, defaultDriverLimits.textChars)
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
