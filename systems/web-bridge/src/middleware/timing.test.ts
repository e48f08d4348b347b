import { expect, test } from 'vitest'
import { auth } from './auth.js'
import { aContext, aRequest, handling, ok } from './stand-in.test.helper.js'
import { timing } from './timing.js'
import { when } from './when.js'

const run = (handle: ReturnType<typeof handling>['handle'], url = '/users/7') =>
  handle(aRequest({ url }), aContext())

test('timing adds how long it took, and leaves the rest of the response as it is', async () => {
  const { headers, ...rest } = await run(timing()(handling().handle))
  expect(headers['server-timing']).toMatch(/^bridge;dur=\d+\.\d$/)
  expect(headers['x-own']).toBe('yes')
  expect(rest).toEqual({ status: 200, body: 'done' })
})

test('timing stands behind what the handler says itself', async () => {
  const answer = { ...ok, headers: { 'server-timing': 'db;dur=5' } }
  const { headers } = await run(timing({ name: 'all' })(handling(answer).handle))
  expect(headers['server-timing']).toMatch(/^db;dur=5, all;dur=/)
})

test('a layer is around some requests only, when it is told which', async () => {
  const layer = when(({ url }) => url.startsWith('/admin'), auth({ tokens: ['one'] }))
  expect((await run(layer(handling().handle), '/admin/x')).status).toBe(401)
  expect((await run(layer(handling().handle), '/users/7')).status).toBe(200)
})
