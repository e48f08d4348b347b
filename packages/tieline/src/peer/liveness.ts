// Whether the other side is still there: pings a quiet connection and gives it up when nothing comes
// back. Also the pings that a user asks for.
import type { Reason } from './drain.js'

const NEVER = Number.POSITIVE_INFINITY
/** A timer that is later than this, or than half an interval, shows that this process stood still. */
const STOOD_STILL_MS = 1000

interface Asked {
  readonly at: number
  readonly deadline: number
  late(): Error
  resolve(milliseconds: number): void
  reject(error: Error): void
}

interface Pings {
  token: number
  readonly asked: Map<number, Asked>
}

export interface LivenessHooks {
  ping(token: number): void
  /** Nothing has come for two intervals. */
  dead(message: string): void
}

export class Liveness {
  readonly #intervalMs: number
  readonly #hooks: LivenessHooks
  /** Whole milliseconds, which take no memory of their own. */
  #heardAt: number
  #probed = false
  /** The pings that a user asks for. Made with the first: few ever are. */
  #pings: Pings | undefined

  /** `intervalMs`: quiet time until a ping; Infinity for none. */
  constructor(intervalMs: number, now: number, hooks: LivenessHooks) {
    this.#intervalMs = intervalMs
    this.#hooks = hooks
    this.#heardAt = Math.floor(now)
  }

  get size(): number {
    return this.#pings?.asked.size ?? 0
  }

  /** Something came. */
  heard(now: number): void {
    this.#heardAt = Math.floor(now)
    this.#probed = false
  }

  /** Resolves with the round trip in milliseconds, or rejects with `late`. */
  ask(now: number, timeoutMs: number, late: () => Error): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pings ??= { token: 0, asked: new Map() }
      const token = ++this.#pings.token
      this.#pings.asked.set(token, { at: now, deadline: now + timeoutMs, late, resolve, reject })
      this.#hooks.ping(token)
    })
  }

  /** A pong came. One that answers no question, or a heartbeat's own, is fine. */
  pong(token: number, now: number): void {
    const asked = this.#pings?.asked.get(token)
    if (!asked) return
    this.#pings?.asked.delete(token)
    asked.resolve(now - asked.at)
  }

  /** Deals with what is due. Returns the next deadline. `late`: how late the look is. See Sleeper. */
  expire(now: number, late: number): number {
    let next = this.#heartbeat(now, late)
    const all = this.#pings?.asked
    for (const [token, asked] of all ?? []) {
      if (asked.deadline > now) {
        next = Math.min(next, asked.deadline)
        continue
      }
      all?.delete(token)
      asked.reject(asked.late())
    }
    return next
  }

  abandon(reason: Reason): void {
    const all = [...(this.#pings?.asked.values() ?? [])]
    this.#pings?.asked.clear()
    for (const asked of all) asked.reject(reason())
  }

  #heartbeat(now: number, late: number): number {
    const interval = this.#intervalMs
    const due = this.#heardAt + interval * (this.#probed ? 2 : 1)
    if (due > now) return due
    // We heard nothing because we did not listen: the other side gets its time from now on.
    if (late > Math.min(STOOD_STILL_MS, interval / 2)) this.heard(now)
    else if (this.#probed) {
      const seconds = Math.round((now - this.#heardAt) / 100) / 10
      this.#hooks.dead(`no sign of life for ${seconds} s (heartbeat ${interval} ms)`)
      return NEVER
    } else {
      this.#probed = true
      this.#hooks.ping(0)
    }
    return now + interval
  }
}
