// What an encoder must not do while it is at work, because a value's getter or an extension type
// can run anything: write a second value into the sink that is being written.
import type { ByteSink } from '../bytes.js'
import { TielineError } from '../errors.js'

/** The sink being written, and those around it when encoders are nested. */
let writing: ByteSink | undefined
const around: ByteSink[] = []

/** Throws `invalid-argument` when the sink is being written already. Else `leave` must follow. */
export function enter(sink: ByteSink): void {
  if (writing !== undefined) {
    if (writing === sink || around.includes(sink)) {
      throw new TielineError(
        'invalid-argument',
        'a value cannot be encoded into the sink that another value is being encoded into',
      )
    }
    around.push(writing)
  }
  writing = sink
}

export function leave(): void {
  writing = around.length === 0 ? undefined : around.pop()
}

// Encoders and decoders call themselves for what is nested. 512: some 200 KB of stack at the worst,
// a fifth of what Node gives, however high the limit is set.
export const DEEPEST = 512

/** The depth to encode to unless told: as `limits.depth`, so that what is written can be read. */
export const DEPTH = 64

/** The depth to encode to. Throws `invalid-argument` unless it is an integer from 1 to DEEPEST. */
export function depthOption(maxDepth = DEPTH): number {
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= DEEPEST) return maxDepth
  throw new TielineError(
    'invalid-argument',
    `maxDepth must be an integer from 1 to ${DEEPEST}, not ${String(maxDepth)}`,
  )
}
