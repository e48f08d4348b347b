import { expect, test } from 'vitest'
import { at, endpoints, event } from './greeter.test.helper.js'
import { start, tieline } from './run.test.helper.js'

test('prints percentiles and a histogram', async () => {
  const { code, out, err } = await tieline('ping', at, '-c', '20', '-i', '0ms')
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(
    /20 of 20 answered\n\n {2}min +[\d.]+ ms\n {2}p50 .*\n {2}p90 .*\n {2}p99 .*\n {2}max .*\n\n/,
  )
  expect(out).toMatch(/ ms {2}█+.* \d+\n/)
})

test('has the figures as JSON, and measures calls where there is no ping', async () => {
  const rpc = ['--protocol', 'msgpack-rpc', '--call', 'echo']
  const endpoint = endpoints['msgpack-rpc']
  const { code, out } = await tieline('ping', endpoint, '-c', '3', '--json', ...rpc)
  expect(code).toBe(0)
  const figures = JSON.parse(out)
  expect(figures).toMatchObject({ endpoint, protocol: 'msgpack-rpc', sent: 3, answered: 3 })
  expect(figures.min).toBeLessThanOrEqual(figures.p50)
  expect(figures.p99).toBeLessThanOrEqual(figures.max)
})

test('Ctrl-C prints what there is', async () => {
  const command = start('ping', at, '--call', 'tap', '-c', '1000000', '-i', '1ms')
  // At the second one the first is measured.
  await event('tapped 2')
  const { code, out } = await command.end('SIGINT')
  expect(code).toBe(130)
  expect(out).toMatch(/ of 1000000 answered\n/)
})
