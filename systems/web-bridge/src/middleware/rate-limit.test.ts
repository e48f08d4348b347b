import { FakeClock } from 'tieline/testing'
import { expect, test } from 'vitest'
import { type RateLimitOptions, rateLimit } from './rate-limit.js'
import { aContext, aRequest, handling } from './stand-in.test.helper.js'

function limited(options: Partial<RateLimitOptions> = {}) {
  const clock = new FakeClock()
  const handle = rateLimit({ requests: 2, per: '1s', clock, ...options })(handling().handle)
  const ask = (remoteAddress: string, headers = {}) =>
    handle(aRequest({ remoteAddress, headers }), aContext())
  const status = async (address: string, headers = {}) => (await ask(address, headers)).status
  return { clock, ask, status }
}

test('lets as many through at once as it is told, and answers 429 from then on', async () => {
  const { status } = limited()
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(429)
  expect(await status('192.0.2.2')).toBe(200)
})

test('lets them through again as time goes on', async () => {
  const { clock, status } = limited()
  await status('192.0.2.1')
  await status('192.0.2.1')
  clock.advance(499)
  expect(await status('192.0.2.1')).toBe(429)
  clock.advance(2)
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(429)
  clock.advance(60_000)
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(429)
})

test('says after how many whole seconds to come again, at least one', async () => {
  const { ask } = limited({ requests: 1, per: '10s' })
  await ask('192.0.2.1')
  const refused = await ask('192.0.2.1')
  expect(refused.headers['retry-after']).toBe('10')
  const quick = limited({ requests: 1, per: '10ms' })
  await quick.ask('192.0.2.1')
  expect((await quick.ask('192.0.2.1')).headers['retry-after']).toBe('1')
})

test('does not count a refused request, so that who waits gets through', async () => {
  const { clock, status } = limited({ requests: 1, per: '1s' })
  await status('192.0.2.1')
  for (let tries = 0; tries < 100; tries++) {
    clock.advance(5)
    expect(await status('192.0.2.1')).toBe(429)
  }
  clock.advance(501)
  expect(await status('192.0.2.1')).toBe(200)
})

test('counts the addresses of one IPv6 network together', async () => {
  const { status } = limited({ requests: 1 })
  expect(await status('2001:db8:0:1::1')).toBe(200)
  expect(await status('2001:db8:0:1:ffff::2')).toBe(429)
  expect(await status('2001:db8:0:2::1')).toBe(200)
})

test('counts by a key that it is told, and lets through what has none', async () => {
  const { status } = limited({ requests: 1, key: ({ headers }) => headers['x-user'] })
  expect(await status('192.0.2.1', { 'x-user': 'ada' })).toBe(200)
  expect(await status('192.0.2.2', { 'x-user': 'ada' })).toBe(429)
  expect(await status('192.0.2.1')).toBe(200)
  expect(await status('192.0.2.1')).toBe(200)
})

test('remembers so many keys and no more, and forgets the one that was quiet for longest', async () => {
  const { status } = limited({ requests: 1, per: '1h', entries: 2 })
  await status('192.0.2.1')
  await status('192.0.2.2')
  expect(await status('192.0.2.1')).toBe(429)
  await status('192.0.2.3')
  expect(await status('192.0.2.1')).toBe(429)
  expect(await status('192.0.2.2')).toBe(200)
})

test.each([
  [{ requests: 0 }],
  [{ requests: Number.NaN }],
  [{ per: 0 }],
  [{ burst: 0 }],
  [{ entries: 0 }],
])('refuses a rate that is none: %j', (options) => {
  expect(() => limited(options)).toThrow('rateLimit needs')
})
