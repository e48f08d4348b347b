// Where a player is at a moment, from the one moment at which it told.
import { Status, type Timeline } from '../domain/types.js'

/**
 * Milliseconds into the track, from 0 to its duration. Only a playing player moves. `now` is Unix
 * time; a clock that is behind the player's counts as the moment of the update.
 */
export function positionAt(timeline: Timeline, status: Status, now: number): number {
  const { positionMs, updateUnixMs, durationMs, rate } = timeline
  const passed = status === Status.Playing ? Math.max(0, now - updateUnixMs) * rate : 0
  const position = Math.max(0, positionMs + passed)
  return durationMs > 0 ? Math.min(position, durationMs) : position
}

/** The same course, told as of `now`: what stays right when the status changes at `now`. */
export function rebased(timeline: Timeline, status: Status, now: number): Timeline {
  const positionMs = Math.round(positionAt(timeline, status, now))
  return { ...timeline, positionMs, updateUnixMs: now }
}
