// Time as the upper layers see it, so that tests can turn it by hand. Monotonic: a change of the
// wall clock moves no deadline. Durations are milliseconds, or text such as '250ms', '2s', '1m'.
import { TielineError } from './errors.js'

export interface Timer {
  /** Takes the timer back. Harmless when it has fired or was cancelled. */
  cancel(): void
  /** Whether a waiting timer keeps the process alive. Timers start unreferenced. */
  hold(alive: boolean): void
}

/**
 * Where time comes from, for tests to give their own. Node's timers and `performance.now` are
 * `systemClock`.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Calls `run` once, no sooner than `ms` from now. */
  after(ms: number, run: () => void): Timer
  /** Calls `run` when the current tick's work is done: after the I/O callback and what it resolved. */
  soon(run: () => void): void
}

// The longest delay that setTimeout takes; past it Node fires at once.
const LONGEST_TIMEOUT = 0x7fff_ffff

const process = (globalThis as { process?: { nextTick?: (run: () => void) => void } }).process
// A browser's queueMicrotask must not be called as a method of another object.
const soon: (run: () => void) => void = process?.nextTick ?? ((run) => queueMicrotask(run))

// Looked up once: the global is a getter.
const { performance } = globalThis

/** The time of this machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const handle = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMEOUT)) as unknown as {
      ref?(): void
      unref?(): void
    }
    handle.unref?.()
    return {
      cancel: () => clearTimeout(handle as never),
      hold: (alive) => (alive ? handle.ref?.() : handle.unref?.()),
    }
  },
  soon,
}

// Only Node has one; a page is not to be kept busy.
const nextTurn = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate

/** The longest time for which `busyPolling` looks on. */
const LONGEST_LOOK_MS = 10
/**
 * The time of this machine, for connections to which latency is worth a core: after something was sent,
 * this process looks for what comes without going to sleep, for so many milliseconds. 0.1 unless told,
 * which is more than waking up takes; 10 at most. Given to both sides it saves a call alone both wake-ups,
 * where each side has a core to itself: measured, a fifth of the time. Where they share one, each waits for
 * the other to stop looking, and a call takes ten times as long. It costs up to `ms` of processor time each
 * time something is sent. In a page it is `systemClock`. Throws `invalid-argument`.
 * @example
 * const greeter = await connect(Greeter, { at: 'local:greeter', clock: busyPolling() })
 */
export function busyPolling(ms = 0.1): Clock {
  if (!(ms > 0 && ms <= LONGEST_LOOK_MS)) {
    const range = `more than 0 and at most ${LONGEST_LOOK_MS} milliseconds`
    throw new TielineError('invalid-argument', `busyPolling takes ${range}, not ${String(ms)}`)
  }
  if (nextTurn === undefined) return systemClock
  let until = 0
  let looking = false
  // While a turn is due, the event loop asks the system for what has come and does not wait for it.
  const look = (): void => {
    looking = performance.now() < until
    if (looking) nextTurn(look)
  }
  return {
    ...systemClock,
    soon(run) {
      soon(run)
      until = performance.now() + ms
      if (looking) return
      looking = true
      nextTurn(look)
    },
  }
}

/**
 * A number is milliseconds; else a number and its unit: '500ms', '2s', '1.5m', '1h', with nothing
 * between them.
 */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration: a number is milliseconds already. Throws `invalid-argument`. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') {
    if (duration >= 0) return duration
  } else {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration)
    if (match) return Number(match[1]) * (UNITS[match[2] as string] as number)
  }
  throw new TielineError(
    'invalid-argument',
    `not a duration: ${String(duration)} (write 250, '250ms', '2s', '1m' or '1h')`,
  )
}
