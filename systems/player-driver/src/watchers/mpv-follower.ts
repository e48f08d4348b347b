// Follows one mpv: takes its events, asks it for what events do not tell, and gives the newest state
// on when a burst of events is over. Knows nothing of how mpv is connected.
import { type Clock, isTielineError } from 'tieline'
import {
  afterEvent,
  expectedPosition,
  initialMpv,
  MPV_PROPERTIES,
  type MpvEvent,
  type MpvState,
  millisecondsOf,
  movesPlaylist,
  movesPosition,
  mpvPublication,
} from './mpv-state.js'
import type { Publication } from './publisher.js'

type Timer = ReturnType<Clock['after']>

export interface MpvFollowerOptions {
  /** Sends a command and resolves to the data of its reply. Rejects with `property-unavailable` or `unknown-property` for a property without a value. */
  readonly ask: (command: string, args: readonly unknown[]) => Promise<unknown>
  readonly publish: (publication: Publication) => void
  /** Told, once, when mpv answers what it never should, or is lost. Nothing is published after. */
  readonly failed: (error: unknown) => void
  readonly clock: Clock
  /** Unix milliseconds. */
  readonly unixNow: () => number
}

/**
 * mpv tells one change in several events, within some milliseconds. 30: longer than a burst, shorter
 * than anybody sees, so that a display does not flicker through the states between.
 */
const SETTLE_MS = 30
/**
 * How often the position and the next file are compared while mpv plays. 10 s: a sound card's clock and ours drift by
 * a millisecond in that time; a computer that slept is noticed soon.
 */
const COMPARE_MS = 10_000
/** How far the position may be off before it is told again. 250: a quarter of the second that is shown. */
const TOLERANCE_MS = 250

export class MpvFollower {
  readonly #options: MpvFollowerOptions
  #state: MpvState = initialMpv
  #settle: Timer | undefined
  #compare: Timer | undefined
  /** Questions that the newest state still waits for. */
  #asked = 0
  /** Counts the files, so that an answer about an earlier one is not taken for this one's. */
  #file = 0
  #running = true

  constructor(options: MpvFollowerOptions) {
    this.#options = options
  }

  /** Asks mpv to tell its properties. Their present values come as the first events. */
  async start(): Promise<void> {
    const { ask } = this.#options
    const observed = MPV_PROPERTIES.map((name, index) => ask('observe_property', [index + 1, name]))
    await Promise.all(observed)
    this.#compareLater()
  }

  /** Takes an event of mpv. */
  take(event: MpvEvent): void {
    if (!this.#running) return
    const before = this.#state
    const after = afterEvent(before, event)
    if (event.method === 'start-file') this.#file += 1
    this.#state = after
    if (movesPosition(before, after, event)) this.#askPosition()
    if (movesPlaylist(before, after)) this.#askNext()
    if (after !== before) this.#publishSoon()
  }

  /** Publishes nothing more. */
  stop(): void {
    this.#running = false
    this.#settle?.cancel()
    this.#compare?.cancel()
  }

  #askPosition(): void {
    this.#ask('playback-time', (answer) => {
      const positionMs = millisecondsOf(answer)
      const unixMs = this.#options.unixNow()
      this.#state = {
        ...this.#state,
        position: positionMs === undefined ? null : { positionMs, unixMs },
      }
    })
  }

  #askNext(): void {
    const { playlistPos, playlistCount } = this.#state
    const next = playlistPos + 1
    if (playlistPos < 0 || next >= playlistCount) {
      this.#state = { ...this.#state, next: null }
      return
    }
    this.#ask(`playlist/${next}`, (entry) => {
      this.#state = { ...this.#state, next: entryName(entry) }
    })
  }

  /** An answer counts unless another file has begun; no value is an answer too. */
  #ask(property: string, take: (answer: unknown) => void): void {
    const file = this.#file
    this.#asked += 1
    this.#options.ask('get_property', [property]).then(
      (answer) => this.#answered(file, () => take(answer)),
      (error) => {
        if (hasNoValue(error)) this.#answered(file, () => take(undefined))
        else this.#fail(error)
      },
    )
  }

  #answered(file: number, take: () => void): void {
    this.#asked -= 1
    if (!this.#running) return
    if (file === this.#file) take()
    this.#publishSoon()
  }

  #publishSoon(): void {
    this.#settle ??= this.#options.clock.after(SETTLE_MS, () => {
      this.#settle = undefined
      // The answer that is under way comes here again.
      if (this.#running && this.#asked === 0) this.#options.publish(mpvPublication(this.#state))
    })
  }

  #compareLater(): void {
    if (!this.#running) return
    this.#compare = this.#options.clock.after(COMPARE_MS, () => {
      this.#comparePosition()
      // A playlist that was put in another order moves neither its place nor its length.
      if (this.#state.next !== null) this.#askNext()
      this.#compareLater()
    })
  }

  #comparePosition(): void {
    const file = this.#file
    if (expectedPosition(this.#state, 0) === undefined) return
    this.#options.ask('get_property', ['playback-time']).then(
      (answer) => {
        const now = this.#options.unixNow()
        const expected = expectedPosition(this.#state, now)
        const told = millisecondsOf(answer)
        if (file !== this.#file || expected === undefined || told === undefined) return
        if (Math.abs(told - expected) > TOLERANCE_MS) this.#askPosition()
      },
      (error) => {
        if (!hasNoValue(error)) this.#fail(error)
      },
    )
  }

  #fail(error: unknown): void {
    if (!this.#running) return
    this.stop()
    this.#options.failed(error)
  }
}

/** Nothing plays; or the playlist has become shorter between the event and the question. */
function hasNoValue(error: unknown): boolean {
  return isTielineError(error, 'property-unavailable') || isTielineError(error, 'unknown-property')
}

/** A playlist entry has a title when its playlist or an earlier play told one. */
function entryName(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null) return null
  const { title, filename } = entry as { title?: unknown; filename?: unknown }
  if (typeof title === 'string' && title !== '') return title
  return typeof filename === 'string' ? filename.replace(/^.*[\\/](?=.)/, '') : null
}
