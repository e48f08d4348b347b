// What tests import as 'vitest' where that does not run: the few functions of it that they use, one
// test after the other in this process, a line for each. For `npm run test:wine`.
import { setTimeout as wait } from 'node:timers/promises'
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  customMatchers,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import * as chai from 'chai'

type Run = (context: Context) => unknown
type Suite = () => void

interface Context {
  skip(why?: string): never
}

interface Test {
  readonly name: string
  readonly run: Run | undefined
  readonly hooks: readonly Hooks[]
}

interface Hooks {
  readonly beforeEach: Run[]
  readonly afterEach: Run[]
  readonly afterAll: Run[]
}

/** What cannot hold here, and why. */
const KNOWN: Readonly<Record<string, string>> = {
  'refuses a second listener, and leaves the first alone':
    'wine lets a second server listen at a pipe, Windows does not',
  'delivers what was sent before a close, and the close, to a side that opens later':
    'the close of a pipe waits until the other side has read, and here that begins after the close',
}

class Skipped extends Error {}

const tests: Test[] = []
const path: string[] = []
const newHooks = (): Hooks => ({ beforeEach: [], afterEach: [], afterAll: [] })
const levels: Hooks[] = [newHooks()]
const everyLevel: Hooks[] = [...levels]
let finished: (() => unknown)[] = []
/** A pipe whose server has gone keeps a client waiting for 30 s. */
const LIMIT_MS = 60_000

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin)

const assert = (value: unknown, message?: string) => chai.expect(value, message)
export const expect = Object.assign(
  assert,
  chai.expect,
  (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT as unknown as symbol],
  {
    getState: () => getState(expect as never),
    setState: (state: object) => setState(state, expect as never),
    extend: () => {},
    addEqualityTesters: addCustomEqualityTesters,
    poll: (look: () => unknown) => polled(look),
  },
)
setState({ assertionCalls: 0, currentTestName: '' }, expect as never)
;(expect as unknown as { extend: (matchers: unknown) => void }).extend(customMatchers)

/** `expect.poll(look).toBe(x)`: looks until it is so. */
function polled(look: () => unknown): unknown {
  return new Proxy(
    {},
    {
      get:
        (_, matcher: string) =>
        (...args: unknown[]) =>
          vi.waitFor(async () => {
            const made = assert(await look()) as unknown as Record<
              string,
              (...a: unknown[]) => void
            >
            made[matcher]?.(...args)
          }),
    },
  )
}

export const vi = {
  async waitFor<T>(look: () => T | Promise<T>, options: { timeout?: number } = {}): Promise<T> {
    const end = performance.now() + (options.timeout ?? 10_000)
    for (;;) {
      try {
        return await look()
      } catch (error) {
        if (performance.now() > end) throw error
        await wait(10)
      }
    }
  },
}

function suite(name: string, body: Suite): void {
  path.push(name)
  levels.push(newHooks())
  everyLevel.push(levels.at(-1) as Hooks)
  body()
  levels.pop()
  path.pop()
}

function add(name: string, run?: Run): void {
  const why = KNOWN[name]
  const skips = () => context.skip(`(${why})`)
  tests.push({ name: [...path, name].join(' > '), run: why ? skips : run, hooks: [...levels] })
}

/** `each([…])('%s', …)`: %s and %i are replaced, `$name` by that field. */
function each(define: (name: string, run: (...args: never[]) => unknown) => void) {
  return (rows: readonly unknown[]) => (name: string, run: (...args: never[]) => unknown) => {
    for (const row of rows) {
      const args = Array.isArray(row) ? row : [row]
      let at = 0
      const title = name
        .replace(/%[sij]/g, () => String(args[at++]))
        .replace(/\$(\w+)/g, (_, key: string) => String((row as Record<string, unknown>)[key]))
      define(title, () => run(...(args as never[])))
    }
  }
}

const without = (skips: unknown) => (name: string, run: Run) => add(name, skips ? undefined : run)

export const describe = Object.assign(suite, {
  each: each((name, run) => suite(name, run as unknown as Suite)),
  skip: () => {},
})
export const it = Object.assign(add, {
  each: each((name, run) => add(name, run as unknown as Run)),
  skip: (name: string) => add(name),
  skipIf: without,
  runIf: (runs: unknown) => without(!runs),
})
export const test = it

const level = () => levels.at(-1) as Hooks
export const beforeEach = (run: Run): unknown => level().beforeEach.push(run)
export const afterEach = (run: Run): unknown => level().afterEach.push(run)
export const beforeAll = (run: Run): unknown => {
  let ran = false
  return level().beforeEach.push(async (context) => {
    if (!ran) await run(context)
    ran = true
  })
}
export const afterAll = (run: Run): unknown => level().afterAll.push(run)
export const onTestFinished = (run: () => unknown): unknown => finished.push(run)
export const onTestFailed = (): void => {}

const context: Context = {
  skip(why = '') {
    throw new Skipped(why)
  },
}

async function attempt({ run, hooks }: Test): Promise<void> {
  if (run === undefined) throw new Skipped('')
  try {
    for (const one of hooks.flatMap(({ beforeEach }) => beforeEach)) await one(context)
    await run(context)
  } finally {
    for (const one of finished.splice(0).reverse()) await one()
    for (const one of hooks.flatMap(({ afterEach }) => afterEach).reverse()) await one(context)
  }
}

function told(error: unknown): string {
  const { stack = String(error), error: inner, suppressed } = error as Partial<SuppressedError>
  const within = [suppressed, inner].filter((one) => one !== undefined).map(told)
  return [stack, ...within].join('\n  with ')
}

async function outcome(one: Test): Promise<string> {
  const limit = new AbortController()
  const late = wait(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`it took longer than ${LIMIT_MS} ms`)
  })
  late.catch(() => {})
  try {
    await Promise.race([attempt(one), late])
    return 'ok'
  } catch (error) {
    if (error instanceof Skipped) return `skipped ${error.message}`.trim()
    return `FAILED ${told(error)}`
  } finally {
    limit.abort()
  }
}

/** Runs what was defined. The last line is `N passed, N failed, N skipped`. */
export async function run(): Promise<void> {
  const counts = { ok: 0, FAILED: 0, skipped: 0 }
  process.on('unhandledRejection', (error) => {
    counts.FAILED += 1
    console.log(`FAILED unhandled rejection: ${(error as Error)?.stack ?? String(error)}`)
  })
  for (const one of tests) {
    finished = []
    setState({ currentTestName: one.name }, expect as never)
    const [result, ...more] = (await outcome(one)).split(' ') as [keyof typeof counts]
    counts[result] += 1
    console.log([result, `${one.name}${more.length > 0 ? ':' : ''}`, ...more].join(' '))
  }
  for (const { afterAll } of everyLevel) for (const one of afterAll) await one(context)
  console.log(`${counts.ok} passed, ${counts.FAILED} failed, ${counts.skipped} skipped`)
  process.exit(counts.FAILED === 0 ? 0 : 1)
}
