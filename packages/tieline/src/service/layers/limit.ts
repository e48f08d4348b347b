// The layer that bounds how much is asked of a service: calls at once, calls waiting for their
// turn, calls in a time. What is over answers `resource-exhausted`, and nothing waits unbounded.
import { type Clock, type Duration, milliseconds, systemClock } from '../../clock.js'
import { fail, TielineError } from '../../errors.js'
import type { Call, Service } from '../../peer/call.js'
import type { Source } from '../../peer/outcome.js'
import type { Layer } from '../layer.js'
import { whenOver } from '../outcome.js'
import { eventually } from '../streams.js'

/** What `limit` takes. A call that finds no room is answered `resource-exhausted`. */
export interface LimitOptions {
  /** Calls and streams that run at once. Any number unless told. */
  readonly concurrent?: number
  /** Calls that wait for a turn, first come first served. 0 unless told: refuse at once. */
  readonly queue?: number
  /** So many calls in so much time, evenly refilled; unused ones are kept up to `calls`. */
  readonly rate?: { readonly calls: number; readonly per: Duration }
  /** What the numbers hold for: the whole service, or each connection on its own. `service` unless told. */
  readonly each?: 'service' | 'connection'
  readonly clock?: Clock
}

/**
 * Bounds calls and streams; a stream counts until it ends or is left. A call that waits leaves the
 * queue when it is cancelled, and is not run when its deadline has passed. Throws `invalid-argument`
 * for a number that bounds nothing.
 */
export function limit(options: LimitOptions): Layer {
  const bounds = boundsOf(options)
  const clock = options.clock ?? systemClock
  if (options.each === 'connection') {
    const gates = new WeakMap<object, Gate>()
    return (next) => (call) => {
      let gate = gates.get(call.peer)
      if (gate === undefined) {
        gate = new Gate(bounds, clock)
        gates.set(call.peer, gate)
      }
      return gate.run(next, call)
    }
  }
  const gate = new Gate(bounds, clock)
  return (next) => (call) => gate.run(next, call)
}

interface Bounds {
  readonly concurrent: number
  readonly queue: number
  readonly calls: number
  readonly perMs: number
}

function boundsOf(options: LimitOptions): Bounds {
  const { concurrent = Infinity, queue = 0, rate } = options
  const calls = rate?.calls ?? Infinity
  const perMs = rate === undefined ? 0 : milliseconds(rate.per)
  if (!(concurrent >= 1)) throw refused(`limit concurrent must be at least 1, not ${concurrent}`)
  if (!(queue >= 0 && queue < Infinity)) {
    throw refused(`limit queue must be at least 0 and finite, not ${queue}`)
  }
  if (!(calls >= 1)) throw refused(`limit rate.calls must be at least 1, not ${calls}`)
  if (rate !== undefined && !(perMs > 0)) throw refused('limit rate.per must be above 0')
  return { concurrent, queue, calls, perMs }
}

function refused(problem: string): TielineError {
  return new TielineError('invalid-argument', problem)
}

class Gate {
  readonly #bounds: Bounds
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #running = 0
  #tokens: number
  #filledAt: number
  #admitting = false

  constructor(bounds: Bounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
    this.#tokens = bounds.calls
    this.#filledAt = clock.now()
  }

  run(next: Service, call: Call): unknown {
    this.#takeToken(call)
    const { concurrent, queue } = this.#bounds
    if (this.#running < concurrent) return this.#start(next, call)
    if (this.#waiting.size >= queue) {
      throw fail(
        'resource-exhausted',
        `${call.method}: ${this.#running} calls run and ${this.#waiting.size} wait already ` +
          `(concurrent ${concurrent}, queue ${queue})`,
      )
    }
    return this.#wait(next, call)
  }

  #start(next: Service, call: Call): unknown {
    this.#running++
    return whenOver(next, call, () => {
      this.#running--
      this.#admit()
    })
  }

  #wait(next: Service, call: Call): unknown {
    let leave = (): void => {}
    const turn = new Promise<unknown>((resolve, reject) => {
      const { signal } = call
      leave = () => {
        this.#waiting.delete(run)
        signal.removeEventListener('abort', leave)
        reject(
          call.remaining() <= 0 ? tooLate(call) : fail('cancelled', `${call.method} was cancelled`),
        )
      }
      const run = (): void => {
        signal.removeEventListener('abort', leave)
        if (call.remaining() <= 0) {
          reject(tooLate(call))
          return
        }
        try {
          resolve(this.#start(next, call))
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.add(run)
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
    })
    if (call.kind !== 'stream') return turn
    return eventually(turn as Promise<Source>, leave)
  }

  // A loop, not recursion: a queue of calls that answer at once must not deepen the stack.
  #admit(): void {
    if (this.#admitting) return
    this.#admitting = true
    for (const run of this.#waiting) {
      if (this.#running >= this.#bounds.concurrent) break
      this.#waiting.delete(run)
      run()
    }
    this.#admitting = false
  }

  #takeToken(call: Call): void {
    const { calls, perMs } = this.#bounds
    if (calls === Infinity) return
    const now = this.#clock.now()
    this.#tokens = Math.min(calls, this.#tokens + ((now - this.#filledAt) * calls) / perMs)
    this.#filledAt = now
    if (this.#tokens < 1) {
      throw fail('resource-exhausted', `${call.method}: more than ${calls} calls in ${perMs} ms`)
    }
    this.#tokens -= 1
  }
}

function tooLate(call: Call): TielineError {
  return fail('deadline-exceeded', `${call.method} had no turn before its deadline`)
}
