// A watcher without a player: it plays the built-in playlist by the clock, as a real one would be
// followed. Tells the driver only what changes: nothing per second.
import { type Clock, systemClock } from 'tieline'
import type { FsctDriver } from '../domain/driver.js'
import { Status } from '../domain/types.js'
import {
  type DemoMoment,
  type DemoPause,
  type DemoTrack,
  demoAt,
  demoPlaylist,
} from './playlist.js'
import { PlayerPublisher, type Publication } from './publisher.js'
import { untilFirst, wait } from './wait.js'
import type { Watcher } from './watcher.js'

export interface DemoOptions {
  readonly playlist?: readonly DemoTrack[]
  /** Pause once in each track. */
  readonly pause?: DemoPause
  /** What the player calls itself. */
  readonly selfId?: string
  readonly clock?: Clock
  /** Unix milliseconds. */
  readonly unixNow?: () => number
}

/** A timer may fire up to a millisecond before its time, where nothing has changed yet. */
const EARLY_MS = 1

export function demoWatcher(options: DemoOptions = {}): Watcher {
  const { playlist = demoPlaylist, pause, selfId = 'demo' } = options
  const { clock = systemClock, unixNow = Date.now } = options
  return {
    async run(driver: FsctDriver, signal: AbortSignal) {
      const publisher = await PlayerPublisher.register(driver, selfId)
      const start = clock.now()
      await untilFirst([signal, publisher.failed], async (end) => {
        while (!end.aborted) {
          const moment = demoAt(playlist, clock.now() - start, pause)
          publisher.publish(demoPublication(playlist, moment, unixNow()))
          await wait(clock, Math.ceil(moment.changesInMs) + EARLY_MS, end)
        }
      })
      publisher.failed.throwIfAborted()
      await publisher.unregister()
    },
  }
}

export function demoPublication(
  playlist: readonly DemoTrack[],
  moment: DemoMoment,
  unixNow: number,
): Publication {
  const { durationMs, ...texts } = playlist[moment.index] as DemoTrack
  const { durationMs: _, ...queue } = playlist[(moment.index + 1) % playlist.length] as DemoTrack
  return {
    state: {
      status: moment.paused ? Status.Paused : Status.Playing,
      timeline: {
        positionMs: Math.round(moment.positionMs),
        updateUnixMs: Math.round(unixNow),
        durationMs,
        rate: 1,
      },
      texts,
    },
    queue,
  }
}
