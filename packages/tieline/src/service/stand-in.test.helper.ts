// For tests: a caller that hands calls straight to a service, as two peers would, without a wire.
// Values are copied and errors cross as between processes.
import type { Clock } from '../clock.js'
import { TielineError } from '../errors.js'
import type { Call, Caller, CallOptions, Service } from '../peer/call.js'
import { isSource, iteratorOf } from '../peer/outcome.js'
import { fromWireError, toWireError } from '../peer/wire-error.js'

export interface CallParts extends Partial<Call> {
  /** How often the signal was asked for, to show what stays lazy. */
  readonly asked?: { signal: number }
}

/** A call as a service sees it; what is not given has a quiet default. */
export function aCall(parts: CallParts = {}): Call {
  const controller = new AbortController()
  const base: Call = {
    method: 'hello',
    kind: 'call',
    params: undefined,
    meta: {},
    signal: controller.signal,
    draining: controller.signal,
    remaining: () => Number.POSITIVE_INFINITY,
    items: nothing(),
    peer: nobody,
  }
  const { asked, ...given } = parts
  const call = { ...base, ...given }
  if (asked === undefined) return call
  const signal = call.signal
  return Object.defineProperty(call, 'signal', {
    get: () => {
      asked.signal++
      return signal
    },
  })
}

async function* nothing(): AsyncGenerator<never> {}

async function* each(items: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const item of items) yield structuredClone(item)
}

const nobody: Caller = {
  call: (method) => Promise.reject(new TielineError('unavailable', `${method}: nobody is there`)),
  stream: (method) => {
    throw new TielineError('unavailable', `${method}: nobody is there`)
  },
  notify: () => {},
}

/** Calls the service in this process. `seen` gets each call as it was made. */
export function standIn(service: Service, seen: Call[] = []): Caller {
  const caller: Caller = {
    async call(method, params, options) {
      const answer = await crossing(method, () =>
        service(incoming('call', method, params, options)),
      )
      return structuredClone(answer)
    },
    stream(method, params, options) {
      let iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
      let left = false
      const start = () => {
        const answer = service(incoming('stream', method, params, options))
        if (!isSource(answer)) throw new Error('a stream was not answered with one')
        iterator = iteratorOf(answer)
        return iterator
      }
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        next: () => crossing(method, async () => (iterator ?? start()).next()),
        async return() {
          if (!left) await iterator?.return?.()
          left = true
          return { done: true, value: undefined }
        },
      }
    },
    notify(method, params, options) {
      void crossing(method, () => service(incoming('notify', method, params, options))).catch(
        // As on a wire: nobody is told.
        () => {},
      )
    },
  }
  const incoming = (
    kind: Call['kind'],
    method: string,
    params: unknown,
    options: CallOptions = {},
  ): Call => {
    const call = aCall({
      kind,
      method,
      params: structuredClone(params),
      meta: options.meta ?? {},
      peer: caller,
      ...(options.signal && { signal: options.signal }),
      ...(options.items && { items: each(options.items) }),
    })
    seen.push(call)
    return call
  }
  return caller
}

async function crossing<T>(method: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (thrown) {
    throw fromWireError(toWireError(thrown), method)
  }
}

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  #now = 1000
  readonly #timers = new Set<{ at: number; run: () => void }>()

  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void) {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer), hold: () => {} }
  }

  soon(run: () => void): void {
    queueMicrotask(run)
  }

  /** Moves on, runs what is due in order, and lets promises settle. */
  async move(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end)
      const next = due.sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = next.at
      next.run()
      await settle()
    }
    this.#now = end
    await settle()
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
