// Makes peers of the channels that a listener accepts, in the one protocol that is served or in
// whichever of several a connection begins with.
import { type Channel, peek } from '../channel/index.js'
import { type Clock, systemClock } from '../clock.js'
import { type AnyOf, HEAD_BYTES, isAnyOf, recognise } from '../dialect/any-of.js'
import type { Protocol } from '../dialect/dialect.js'
import { inMessage, isTielineError, TielineError } from '../errors.js'
import { type Limits, limitsWith } from '../limits.js'

/** What an `Acceptor` tells a new connection's protocol by, and who takes the connection then. */
export interface AcceptOptions {
  readonly protocol: Protocol | AnyOf
  /** Takes a channel, which is not open yet, and what it speaks. */
  readonly accepted: (channel: Channel, protocol: Protocol) => void
  /** A connection was closed because it speaks none of the protocols, or did not say in time. */
  readonly failed?: ((error: Error) => void) | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly clock?: Clock | undefined
}

/** Decides for each channel what it speaks. */
export class Acceptor {
  readonly #options: AcceptOptions
  readonly #limits: Limits
  readonly #clock: Clock
  /** How to give up on the connections that have not said yet what they speak. */
  readonly #undecided = new Set<(reason: Error) => void>()

  constructor(options: AcceptOptions) {
    this.#options = options
    this.#limits = limitsWith(options.limits)
    this.#clock = options.clock ?? systemClock
  }

  /** Connections that have not said yet what they speak. */
  get undecided(): number {
    return this.#undecided.size
  }

  /** Takes a channel that is not open yet. Throws `invalid-argument` when no protocol can go over it. */
  accept(channel: Channel): void {
    const { protocol, accepted } = this.#options
    if (isAnyOf(protocol)) this.#choose(channel, protocol)
    else accepted(channel, protocol)
  }

  /** Ends the connections that have not said yet what they speak. */
  abort(reason: Error): void {
    const all = [...this.#undecided]
    this.#undecided.clear()
    for (const giveUp of all) giveUp(reason)
  }

  #choose(channel: Channel, anyOf: AnyOf): void {
    if (anyOf.unit !== channel.unit) {
      const message = `${anyOf.name} needs a channel of unit '${anyOf.unit}', not '${channel.unit}'`
      throw new TielineError('invalid-argument', message)
    }
    const giveUp = peek(channel, {
      decide: (head, last) => recognise(anyOf, head, last),
      most: HEAD_BYTES,
      withinMs: this.#limits.firstFrameMs,
      clock: this.#clock,
      decided: (protocol, peeked) => {
        this.#undecided.delete(giveUp)
        this.#options.accepted(peeked, protocol)
      },
      failed: (error) => {
        // One that ended by itself has nothing to tell, and nor has one that was ended here.
        if (this.#undecided.delete(giveUp) && !isTielineError(error, 'connection-lost')) {
          this.#options.failed?.(named(error, channel))
        }
      },
    })
    this.#undecided.add(giveUp)
  }
}

function named(error: Error, { remote }: Channel): Error {
  const { endpoint } = remote
  if (endpoint === undefined || !isTielineError(error)) return error
  const { code, origin, message } = error
  return new TielineError(code, `${inMessage(endpoint)}: ${message}`, {
    origin,
    endpoint,
    cause: error,
  })
}
