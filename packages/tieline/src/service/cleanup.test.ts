// A stream left at any moment, under any layers in any order: the generator's `finally` runs, once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Layer } from './layer.js'
import { layered } from './layer.js'
import { deadline } from './layers/deadline.js'
import { limit } from './layers/limit.js'
import { log } from './layers/log.js'
import { metrics } from './layers/metrics.js'
import { validate } from './layers/validate.js'
import { aCall, ManualClock, settle } from './stand-in.test.helper.js'

const ITEMS = 5
const quiet = () => {}
const asynchronous = z.number().refine(async () => true)

/** Each layer, and how it says that nothing is left open in it. */
const kinds = {
  deadline: (clock: ManualClock) => ({
    layer: deadline({ default: '1s', clock }),
    empty: () => {},
  }),
  limit: (clock: ManualClock) => ({ layer: limit({ concurrent: 1, clock }), empty: () => {} }),
  log: () => ({
    layer: log({ debug: quiet, info: quiet, warn: quiet, error: quiet }),
    empty: () => {},
  }),
  metrics: (clock: ManualClock) => {
    const { layer, snapshot } = metrics({ clock })
    const empty = () => expect(snapshot().methods['hello']).toMatchObject({ inFlight: 0, count: 1 })
    return { layer, empty }
  },
  validate: () => ({ layer: validate({ input: z.number(), output: z.number() }), empty: () => {} }),
  validateLater: () => ({
    layer: validate({ input: asynchronous, output: asynchronous }),
    empty: () => {},
  }),
}

const leaving = fc.constantFrom('return', 'return unread', 'break', 'read to the end', 'fail')

test('whatever is around it, a generator is closed exactly once', async () => {
  const names = Object.keys(kinds) as (keyof typeof kinds)[]
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(names),
      leaving,
      fc.integer({ min: 1, max: ITEMS - 1 }),
      async (chosen, how, stopAt) => {
        const clock = new ManualClock()
        const made = chosen.map((name) => kinds[name](clock))
        let [started, closed] = [0, 0]
        const service = layered(
          async function* () {
            started++
            try {
              for (let i = 0; i < ITEMS; i++) {
                if (how === 'fail' && i === stopAt) throw new Error('broken')
                yield i
              }
            } finally {
              closed++
            }
          },
          made.map((each): Layer => each.layer),
        )
        const open = () =>
          service(aCall({ kind: 'stream', params: 1 })) as AsyncIterableIterator<number>
        const items = open()
        if (how === 'break') {
          for await (const item of items) if (item === stopAt) break
        } else {
          const reads = how === 'return unread' ? 0 : how === 'return' ? stopAt : ITEMS + 1
          for (let i = 0; i < reads; i++) {
            const step = await items.next().catch(() => undefined)
            if (step === undefined || step.done) break
          }
        }
        await items.return?.()
        await items.return?.()
        await settle()
        expect(closed).toBe(started)
        expect(started).toBe(how === 'return unread' ? 0 : 1)
        expect(clock.timers).toBeLessThanOrEqual(1)
        await clock.move(2000)
        expect(clock.timers).toBe(0)
        for (const each of made) each.empty()
        // The limit of one at once has its place free again.
        await open().return?.()
      },
    ),
    { numRuns: 300 },
  )
})
