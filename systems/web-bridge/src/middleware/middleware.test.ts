// The layers together, around a real server and its handlers.
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { bridgeWith } from '../bridge.test.helper.js'
import { silentLog } from '../handlers/log.js'
import { auth, logging, rateLimit, timing, when } from './index.js'

async function served() {
  const lines: string[] = []
  const log = { ...silentLog, info: (_: object, message: string) => void lines.push(message) }
  const bridge = await bridgeWith(
    {
      'GET /open': () => 'open',
      'GET /me': (_, { meta }) => meta,
      'WS /me': { message: (socket, data) => socket.send(data) },
    },
    {
      layers: [
        logging({ log }),
        timing(),
        when(({ url }) => url.startsWith('/me'), auth({ verify: (token) => token })),
        rateLimit({ requests: 3, per: '1h', key: ({ route }) => route.id }),
      ],
    },
  )
  return { url: bridge.url, lines }
}

/** The status of an upgrade that is refused, or 101. */
function upgraded(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers })
    socket.once('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.once('unexpected-response', (request, { statusCode }) => {
      request.destroy()
      resolve(statusCode)
    })
    // Of the request that was just destroyed.
    socket.once('error', () => {})
  })
}

test('each does its part, the first outermost', async () => {
  const { url, lines } = await served()
  const me = await fetch(`${url}/me?token=secret`, { headers: { authorization: 'Bearer ada' } })
  expect(await me.json()).toEqual({ subject: 'ada' })
  expect(me.headers.get('server-timing')).toMatch(/^bridge;dur=/)
  const refused = await fetch(`${url}/me`)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('server-timing')).toMatch(/^bridge;dur=/)
  expect(lines.map((line) => line.replace(/ in .*/, ''))).toEqual([
    'GET /me?token 200',
    'GET /me 401',
  ])
})

test('a request past the rate is answered 429 in the form of all errors', async () => {
  const { url } = await served()
  for (let count = 0; count < 3; count++) expect((await fetch(`${url}/open`)).status).toBe(200)
  const refused = await fetch(`${url}/open`)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1000)
  expect(await refused.json()).toEqual({
    error: {
      code: 'TOO_MANY_REQUESTS',
      message: 'too many requests',
      requestId: refused.headers.get('x-request-id'),
    },
  })
})

test('they keep WebSockets out as well as requests', async () => {
  const { url } = await served()
  const authorization = 'Bearer ada'
  expect(await upgraded(`${url}/me`, {})).toBe(401)
  for (let count = 0; count < 3; count++) {
    expect(await upgraded(`${url}/me`, { authorization })).toBe(101)
  }
  expect(await upgraded(`${url}/me`, { authorization })).toBe(429)
})
