import { expect, test } from 'vitest'
import { fail } from '../../errors.js'
import type { Service } from '../../peer/call.js'
import { unknownMethod } from '../router.js'
import { aCall, ManualClock, settle } from '../stand-in.test.helper.js'
import { metrics } from './metrics.js'

function setup(service: Service) {
  const clock = new ManualClock()
  const counts = metrics({ clock, bucketsMs: [1, 10, 100] })
  return { clock, counts, outer: counts.layer(service) }
}

test('counts calls, failures by code, and how long they took', async () => {
  const { clock, counts, outer } = setup(async (call) => {
    await settle()
    if (call.params === 'bad') throw fail('not-found', 'no')
    if (call.params === 'worse') throw new Error('secret')
  })
  for (const [params, ms] of [
    ['ok', 0],
    ['ok', 5],
    ['bad', 50],
    ['worse', 5000],
  ]) {
    const answer = outer(aCall({ params })) as Promise<unknown>
    expect(counts.snapshot().methods['hello']?.inFlight).toBe(1)
    await Promise.allSettled([clock.move(ms as number), answer])
  }
  expect(counts.snapshot()).toEqual({
    bucketsMs: [1, 10, 100],
    methods: {
      hello: {
        count: 4,
        inFlight: 0,
        failures: { 'not-found': 1, internal: 1 },
        totalMs: 5055,
        durations: [1, 1, 1, 1],
      },
    },
  })
})

test('a stream is in flight until it ends or is left', async () => {
  const { counts, outer } = setup(() => [1, 2, 3])
  const stream = outer(aCall({ kind: 'stream', method: 'ticks' })) as AsyncIterableIterator<unknown>
  await stream.next()
  expect(counts.snapshot().methods['ticks']).toMatchObject({ inFlight: 1, count: 0 })
  await stream.return?.()
  expect(counts.snapshot().methods['ticks']).toMatchObject({ inFlight: 0, count: 1, failures: {} })
})

test('names that callers invent are counted together, however many they are', async () => {
  const { counts, outer } = setup((call) => {
    throw unknownMethod(call.method)
  })
  for (let i = 0; i < 1000; i++) expect(() => outer(aCall({ method: `m${i}` }))).toThrow()
  for (const name of ['__proto__', '(unknown)'])
    expect(() => outer(aCall({ method: name }))).toThrow()
  const { methods } = counts.snapshot()
  expect(Object.keys(methods)).toEqual(['(unknown)'])
  expect(methods['(unknown)']).toMatchObject({ count: 1002, failures: { 'unknown-method': 1002 } })
})

test('the snapshot is a copy', () => {
  const { counts, outer } = setup(() => 1)
  outer(aCall())
  const before = counts.snapshot()
  outer(aCall())
  expect(before.methods['hello']?.count).toBe(1)
})

test('prints what Prometheus reads: cumulative buckets, seconds, escaped labels', () => {
  const { counts, outer } = setup((call) => {
    if (call.params === 'bad') throw fail('not-found', 'no')
  })
  outer(aCall({ method: 'a"b\\c' }))
  expect(() => outer(aCall({ method: 'a"b\\c', params: 'bad' }))).toThrow()
  expect(counts.prometheus()).toBe(
    [
      '# TYPE tieline_calls_in_flight gauge',
      'tieline_calls_in_flight{method="a\\"b\\\\c"} 0',
      '# TYPE tieline_call_failures_total counter',
      'tieline_call_failures_total{method="a\\"b\\\\c",code="not-found"} 1',
      '# TYPE tieline_call_duration_seconds histogram',
      'tieline_call_duration_seconds_bucket{method="a\\"b\\\\c",le="0.001"} 2',
      'tieline_call_duration_seconds_bucket{method="a\\"b\\\\c",le="0.01"} 2',
      'tieline_call_duration_seconds_bucket{method="a\\"b\\\\c",le="0.1"} 2',
      'tieline_call_duration_seconds_bucket{method="a\\"b\\\\c",le="+Inf"} 2',
      'tieline_call_duration_seconds_sum{method="a\\"b\\\\c"} 0',
      'tieline_call_duration_seconds_count{method="a\\"b\\\\c"} 2',
      '',
    ].join('\n'),
  )
})
