// A file system, or any other object of functions, that fails at a chosen call: before it is done, in
// the middle of it, or after it was done and nobody was told.

/** Which calls of an object fail, when and how. */
export interface FaultPlan<T> {
  /** The functions that fail, and whose calls are counted. The others are left alone. */
  readonly calls: readonly (keyof T & string)[]
  /** Which of these calls fails, from 0. Left out: each, while `broken` is true. */
  readonly at?: number
  /** Counts, and fails, only calls that have this in an argument: a file's name. */
  readonly only?: string
  /** Default: before. In the middle: half of the text or bytes that it was to write are written. */
  readonly moment?: 'before' | 'middle' | 'after'
  /** A system's code, 'ENOSPC', or what makes the error. */
  readonly error: string | (() => Error)
  /** Fails once. Default: from there on every counted call fails, as in a process that was killed. */
  readonly once?: boolean
  /** For functions that return promises: they reject. Default: they throw. */
  readonly rejects?: boolean
}

/** What became of the calls that `failingAt` counts. */
export interface Fault {
  /** While true, every counted call fails. Becomes true at the call `at`; may be set at any time. */
  broken: boolean
  /** Counted calls so far, failed ones included. */
  readonly calls: number
  /** Those that failed. */
  readonly failures: number
  /** Resolves at the first failure. */
  readonly failed: Promise<void>
}

/**
 * The object with a fault in some of its functions.
 * @example
 * const { system, fault } = failingAt(machine, { calls: ['write'], at: 3, error: 'ENOSPC', once: true })
 */
export function failingAt<T extends object>(
  target: T,
  plan: FaultPlan<T>,
): { readonly system: T; readonly fault: Fault } {
  const { at, only, moment = 'before', once = false, rejects = false } = plan
  let calls = 0
  let failures = 0
  let tell: () => void = () => {}
  const failed = new Promise<void>((resolve) => {
    tell = resolve
  })
  const fault = {
    broken: at === undefined,
    get calls() {
      return calls
    },
    get failures() {
      return failures
    },
    failed,
  }
  const counts = (args: readonly unknown[]) =>
    only === undefined || args.some((arg) => typeof arg === 'string' && arg.includes(only))
  const guarded = (name: keyof T & string) => {
    const act = target[name] as (...args: unknown[]) => unknown
    return (...args: unknown[]): unknown => {
      if (!counts(args)) return act.apply(target, args)
      const now = calls++ === at
      if (!now && !fault.broken) return act.apply(target, args)
      // Whoever is dead already does nothing more, not even half of it.
      const first = now || at === undefined
      if (now && !once) fault.broken = true
      failures += 1
      tell()
      if (first && moment === 'after') act.apply(target, args)
      if (first && moment === 'middle' && halved(args)) act.apply(target, halved(args) as unknown[])
      const error = errorOf(plan.error)
      if (rejects) return Promise.reject(error)
      throw error
    }
  }
  const faulty = Object.fromEntries(plan.calls.map((name) => [name, guarded(name)]))
  return { system: { ...target, ...faulty }, fault }
}

/** The arguments with half of what is to be written, which stands second everywhere. */
function halved(args: readonly unknown[]): unknown[] | undefined {
  const [path, data, ...rest] = args
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return undefined
  // Of a rename the second is a name, which has no half.
  if (typeof data === 'string' && rest.length === 0) return undefined
  return [path, data.slice(0, data.length / 2), ...rest]
}

function errorOf(error: string | (() => Error)): Error {
  if (typeof error === 'function') return error()
  return Object.assign(new Error(`${error}: on purpose`), { code: error })
}
