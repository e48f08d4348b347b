// The built-in playlist of the demo player, and where a player of it is after a time: a pure function.
import type { TrackTexts } from '../domain/types.js'

export interface DemoTrack extends TrackTexts {
  readonly durationMs: number
}

/** Invented tracks, short enough to see the change, with texts that try a display's handling of them. */
export const demoPlaylist: readonly DemoTrack[] = [
  {
    title: 'Morning at the Socket',
    artist: 'The Half-Duplex Trio',
    album: 'Listening on Everything',
    genre: 'Jazz',
    durationMs: 42_000,
  },
  {
    title: '夜のシグナル',
    artist: '青い配線',
    album: '静かなバス',
    genre: 'City pop',
    durationMs: 35_000,
  },
  {
    title: 'Verbindungsaufbau (Ärger mit der Tür)',
    artist: 'Zürcher Paketorchester',
    album: 'Händeschütteln',
    genre: null,
    durationMs: 48_500,
  },
  {
    title:
      'A Song with a Title That Goes On and On Until No Display in This House Can Show All of It',
    artist: 'Longwinded & Sons',
    album: 'Every Last Word, Complete and Unabridged, with an Appendix',
    genre: 'Prog rock',
    durationMs: 30_000,
  },
  {
    title: 'Backpressure 🌊🎹',
    artist: 'Slow Reader',
    album: null,
    genre: 'Ambient',
    durationMs: 61_000,
  },
]

export interface DemoPause {
  /** Into each track that is longer, pause here, */
  readonly atMs: number
  /** for so long. */
  readonly forMs: number
}

/** Where the demo player is. */
export interface DemoMoment {
  readonly index: number
  readonly positionMs: number
  readonly paused: boolean
  /** Milliseconds until it pauses, goes on or changes the track. Above 0. */
  readonly changesInMs: number
}

/** The playlist played over and over: where it is `elapsedMs` after its start. */
export function demoAt(
  playlist: readonly DemoTrack[],
  elapsedMs: number,
  pause?: DemoPause,
): DemoMoment {
  const lengths = playlist.map((track) => track.durationMs + pauseIn(track, pause))
  const whole = lengths.reduce((sum, length) => sum + length, 0)
  if (!(whole > 0)) throw new RangeError('a demo playlist must not be empty')
  let into = elapsedMs % whole
  let index = 0
  while (into >= (lengths[index] as number)) {
    into -= lengths[index] as number
    index += 1
  }
  return { index, ...within(playlist[index] as DemoTrack, into, pause) }
}

function within(track: DemoTrack, into: number, pause?: DemoPause): Omit<DemoMoment, 'index'> {
  const stands = pauseIn(track, pause)
  const pauseAt = stands > 0 && pause ? pause.atMs : Number.POSITIVE_INFINITY
  if (into < pauseAt) {
    const until = Math.min(pauseAt, track.durationMs)
    return { positionMs: into, paused: false, changesInMs: until - into }
  }
  if (into < pauseAt + stands) {
    return { positionMs: pauseAt, paused: true, changesInMs: pauseAt + stands - into }
  }
  const positionMs = into - stands
  return { positionMs, paused: false, changesInMs: track.durationMs - positionMs }
}

function pauseIn(track: DemoTrack, pause: DemoPause | undefined): number {
  return pause && pause.atMs < track.durationMs ? Math.max(0, pause.forMs) : 0
}
