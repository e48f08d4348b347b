// The finite bounds that every connection has from its first byte. Each is an option; none is
// infinite by default, and each is checked before memory is taken for what it bounds.
import { TielineError } from './errors.js'

/**
 * What one connection may use. Past a limit the call, the frame or the connection is refused, by
 * an error that names the limit and its value.
 */
export interface Limits {
  /** Bytes in one frame, without its header. 16 MiB: a large photo or source file fits, a runaway does not. */
  readonly frameBytes: number
  /** Arrays and maps inside one another. 64: real data stays under 20; the stack is safe far above. */
  readonly depth: number
  /**
   * Elements and pairs of all arrays and maps in one value. 512 Ki: a value of 16 MiB has as many
   * when each takes 32 bytes, and a map of a million keys is no message any more. All together,
   * because a byte of wire can become sixty of memory: an empty map is one.
   */
  readonly elements: number
  /** Calls in flight, each way. 1,024: past it the answer is `resource-exhausted`. */
  readonly calls: number
  /** Open streams, each way. 256. */
  readonly streams: number
  /** Bytes waiting for a reader that is slow. 16 MiB: one largest frame. */
  readonly queuedBytes: number
  /** Bytes a stream's reader lets the writer run ahead. 256 KiB: a few round trips at full speed. */
  readonly windowBytes: number
  /** Open connections to one server. 1,024: the usual soft limit of descriptors. */
  readonly connections: number
  /** Milliseconds from the connection to the end of its first frame (with native: of the handshake). */
  readonly firstFrameMs: number
  /** Milliseconds a frame may stay unfinished. 30 s: 16 MiB at half a megabyte a second. */
  readonly partialFrameMs: number
  /** Milliseconds a call waits for its answer when it does not say. 30 s. */
  readonly callMs: number
  /** Milliseconds a close waits for what is in flight. 10 s: supervisors kill after that. */
  readonly drainMs: number
}

/** The limits of a connection that was told nothing else. `limitsWith` changes some of them. */
export const defaultLimits: Limits = Object.freeze({
  frameBytes: 16 * 1024 * 1024,
  depth: 64,
  elements: 512 * 1024,
  calls: 1024,
  streams: 256,
  queuedBytes: 16 * 1024 * 1024,
  windowBytes: 256 * 1024,
  connections: 1024,
  firstFrameMs: 10_000,
  partialFrameMs: 30_000,
  callMs: 30_000,
  drainMs: 10_000,
})

/** The defaults with some of them changed. Throws `invalid-argument` for a value that is not a positive number. */
export function limitsWith(changes: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultLimits, name)) throw refused(`there is no limit named ${name}`)
    if (typeof value !== 'number' || !(value > 0)) {
      throw refused(`limit ${name} must be a number above 0, not ${String(value)}`)
    }
  }
  return { ...defaultLimits, ...changes }
}

function refused(problem: string): TielineError {
  return new TielineError('invalid-argument', problem)
}
