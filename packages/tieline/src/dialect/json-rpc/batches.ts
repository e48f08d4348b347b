// Batches that came: their answers are gathered and go out together. Gathered as bytes, so that an
// answer that cannot be sent fails its own call and no other, and so that memory is counted.
import type { Codec } from '../../codec/index.js'
import { tooLarge } from '../../errors.js'
import type { Limits } from '../../limits.js'
import type { WireError } from '../envelope.js'
import { bytesOf, Written } from './documents.js'
import type { RemoteId } from './messages.js'

/** What an answer takes at most beside its id, when it says no more than that it failed. */
const SMALLEST_ANSWER_BYTES = 256
/** Bytes that one character of an id takes in JSON at most: `\u0000`. */
const CHARACTER_BYTES = 6

/** The brackets around them. */
const AROUND_BYTES = 2

const OPEN = Uint8Array.of(0x5b)
const COMMA = Uint8Array.of(0x2c)
const CLOSE = Uint8Array.of(0x5d)

type Put = (value: unknown) => void

/** Bytes within which any of a member's answers can be given. */
export function smallestAnswer(id: RemoteId): number {
  return SMALLEST_ANSWER_BYTES + (typeof id === 'string' ? id.length * CHARACTER_BYTES : 0)
}

/** The batches of one connection that have answers outstanding. */
export class Batches {
  readonly #codec: Codec<unknown>
  readonly #limits: Limits
  /** Bytes of gathered answers, and of those that are still promised. */
  #held = 0

  constructor(codec: Codec<unknown>, limits: Limits) {
    this.#codec = codec
    this.#limits = limits
  }

  /** A batch for so many answers, or why it cannot be taken. `answers`: the sum of their `smallestAnswer`s. */
  begin(count: number, answers: number): Batch | WireError {
    const { frameBytes, queuedBytes } = this.#limits
    const least = answers + AROUND_BYTES
    if (least > frameBytes) {
      const message = `the answers of ${count} requests do not fit one message (limit frameBytes is ${frameBytes})`
      return { code: 'invalid-request', message: `invalid request: ${message}` }
    }
    if (this.#held + least > queuedBytes) {
      const message = `too many batches wait for their answers (limit queuedBytes is ${queuedBytes})`
      return { code: 'resource-exhausted', message }
    }
    const hold = (bytes: number): boolean => {
      if (this.#held + bytes > queuedBytes) return false
      this.#held += bytes
      return true
    }
    hold(least)
    return new Batch(this.#codec, frameBytes, count, least, hold)
  }
}

export class Batch {
  readonly #codec: Codec<unknown>
  readonly #limit: number
  readonly #hold: (bytes: number) => boolean
  readonly #pieces: Uint8Array[] = [OPEN]
  /** Answers that are not here yet. */
  #missing: number
  /** Bytes that the whole message has at the least, as far as is known. */
  #bytes: number

  constructor(
    codec: Codec<unknown>,
    limit: number,
    count: number,
    least: number,
    hold: (bytes: number) => boolean,
  ) {
    this.#codec = codec
    this.#limit = limit
    this.#hold = hold
    this.#missing = count
    this.#bytes = least
  }

  /**
   * Adds an answer; the last one sends them all through `put`. Throws what the codec throws, and
   * `too-large` for an answer that leaves no room for the others; the member is then still missing.
   */
  add(id: RemoteId, answer: unknown, put: Put): void {
    const bytes = bytesOf(this.#codec, answer)
    const more = bytes.length + 1 - smallestAnswer(id)
    if (more > 0 && this.#bytes + more > this.#limit) {
      throw tooLarge(
        `the answers of the batch are too large together; the limit frameBytes is ${this.#limit}`,
      )
    }
    if (more > 0 && !this.#hold(more)) {
      throw tooLarge('too many answers of batches wait for others (limit queuedBytes)')
    }
    if (more > 0) this.#bytes += more
    if (this.#pieces.length > 1) this.#pieces.push(COMMA)
    this.#pieces.push(bytes)
    this.#missing--
    if (this.#missing === 0) this.#send(put)
  }

  #send(put: Put): void {
    this.#hold(-this.#bytes)
    this.#pieces.push(CLOSE)
    put(new Written(this.#pieces))
  }
}
