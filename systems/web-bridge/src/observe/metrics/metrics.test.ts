import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { fail } from 'tieline'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { BridgeOptions, WebBridge } from '../../bridge.js'
import { bridgeWith, testBridge, until } from '../../bridge.test.helper.js'
import type { HandlersOf } from '../../handlers/handler.js'
import { HttpError } from '../../handlers/reply.js'
import { connectRpc } from '../../rpc/client.js'

const handlers: HandlersOf = {
  'GET /users/:id': ({ params }) => `user ${params['id']}`,
  'POST /echo': async ({ body }) => await body.bytes(),
  'GET /stream': async function* () {
    yield 'x'.repeat(50_000)
    yield 'x'.repeat(50_000)
  },
  'GET /broken': () => {
    throw new Error('a fault')
  },
  'GET /teapot': () => {
    throw new HttpError(418, 'no coffee')
  },
  'GET /never': () => new Promise(() => {}),
  'WS /chat': { message: (socket, data) => socket.send(data) },
}

async function served(options: BridgeOptions = {}) {
  const bridge = await bridgeWith(handlers, {
    metrics: true,
    rpc: [
      {
        add: () => 3,
        refuse: () => {
          throw fail('not-today', 'come again')
        },
      },
    ],
    ...options,
  })
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(bridge.url + path, init)
    return { status: response.status, text: await response.text() }
  }
  return { bridge, get }
}

/** The value of one sample, by its name and labels as they are written. */
async function sample(bridge: WebBridge, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${bridge.url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}

test('counts requests by route, method and status, and never by what is in the path', async () => {
  const { bridge, get } = await served()
  for (const id of [1, 2, 3]) await get(`/users/${id}?q=${id}`)
  await get('/teapot')
  await get('/broken')
  const count = (route: string, status: number) =>
    sample(bridge, `web_bridge_requests_total{route="${route}",method="GET",status="${status}"}`)
  expect(await count('/users/:id', 200)).toBe(3)
  expect(await count('/teapot', 418)).toBe(1)
  expect(await count('/broken', 500)).toBe(1)
  const observed = 'web_bridge_request_duration_seconds_count{route="/users/:id",method="GET"}'
  expect(await sample(bridge, observed)).toBe(3)
})

test('counts what became of requests that no handler answered', async () => {
  const { bridge, get } = await served({ timeout: 50 })
  await get('/never')
  const late = 'web_bridge_requests_total{route="/never",method="GET",status="504"}'
  expect(await sample(bridge, late)).toBe(1)
})

test('counts a request whose browser left before it had an answer as 499', async () => {
  const { bridge, get } = await served()
  const browser = new AbortController()
  const response = get('/never', { signal: browser.signal })
  await until(() => bridge.health().inFlight > 0)
  browser.abort()
  await expect(response).rejects.toThrow()
  const gone = 'web_bridge_requests_total{route="/never",method="GET",status="499"}'
  await until(async () => (await sample(bridge, gone)) === 1)
})

test('counts what was answered before any layer, and invented paths together', async () => {
  const { bridge, get } = await served({ maxBodyBytes: 10 })
  for (const path of ['/a', '/b', '/c/../d%00']) await get(path)
  await get('/echo', { method: 'POST', body: 'x'.repeat(11) })
  const count = (route: string, method: string, status: number) =>
    sample(
      bridge,
      `web_bridge_requests_total{route="${route}",method="${method}",status="${status}"}`,
    )
  expect(await count('(none)', 'GET', 404)).toBe(2)
  expect(await count('(none)', 'GET', 400)).toBe(1)
  expect(await count('/echo', 'POST', 413)).toBe(1)
})

test('counts sockets, opened and refused', async () => {
  const { bridge } = await served({ withoutOrigin: false })
  const url = `${bridge.url.replace('http', 'ws')}/chat`
  expect(await sample(bridge, 'web_bridge_sockets')).toBe(0)
  const refused = new WebSocket(url)
  await once(refused, 'error')
  const socket = new WebSocket(url, { origin: bridge.url })
  await once(socket, 'open')
  const count = (status: number) =>
    sample(bridge, `web_bridge_requests_total{route="/chat",method="GET",status="${status}"}`)
  expect(await count(403)).toBe(1)
  expect(await count(101)).toBe(1)
  expect(await sample(bridge, 'web_bridge_sockets')).toBe(1)
  socket.close()
  await until(async () => (await sample(bridge, 'web_bridge_sockets')) === 0)
})

test('counts bytes both ways, those of streams as they pass', async () => {
  const { bridge, get } = await served()
  const bytes = (direction: string, labels: string) =>
    sample(bridge, `web_bridge_${direction}_bytes_total{${labels}}`)
  const large = new Uint8Array(300_000)
  await get('/echo', { method: 'POST', body: 'grüße' })
  await get('/echo', { method: 'POST', body: large })
  await get('/stream')
  const echo = 'route="/echo",method="POST"'
  expect(await bytes('request', echo)).toBe(300_007)
  expect(await bytes('response', echo)).toBe(300_007)
  expect(await bytes('response', 'route="/stream",method="GET"')).toBe(100_000)
})

test('counts calls of functions by name and result, and invented names together', async () => {
  const { bridge } = await served()
  await using rpc = await connectRpc({ at: bridge.endpoint })
  await rpc.call('add')
  await rpc.call('add')
  await expect(rpc.call('refuse')).rejects.toThrow()
  for (const name of ['a', 'b', 'c']) await expect(rpc.call(name)).rejects.toThrow()
  const count = (name: string, result: string) =>
    sample(bridge, `web_bridge_rpc_calls_total{name="${name}",result="${result}"}`)
  expect(await count('add', 'ok')).toBe(2)
  expect(await count('refuse', 'not-today')).toBe(1)
  expect(await count('(unknown)', 'unknown-method')).toBe(3)
})

test('tells handler processes, and what is in flight', async () => {
  const { bridge, get } = await served()
  expect(await sample(bridge, 'web_bridge_handler_processes{state="ready"}')).toBe(1)
  expect(await sample(bridge, 'web_bridge_handler_restarts_total')).toBe(0)
  const browser = new AbortController()
  get('/never', { signal: browser.signal }).catch(() => {})
  await until(async () => (await sample(bridge, 'web_bridge_in_flight')) === 1)
  browser.abort()
  await until(async () => (await sample(bridge, 'web_bridge_in_flight')) === 0)
})

test('tells of its own process too, unless it is told not to', async () => {
  const { bridge } = await served()
  expect(await sample(bridge, 'process_start_time_seconds')).toBeGreaterThan(0)
  const quiet = await served({ metrics: { process: false } })
  expect(await sample(quiet.bridge, 'process_start_time_seconds')).toBeUndefined()
})

/** With any headers, which fetch would not send. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .once('error', reject)
      .end()
  })
}

test.each([
  [{ 'x-forwarded-for': '192.0.2.1' }],
  [{ forwarded: 'for=192.0.2.1' }],
  [{ via: '1.1 proxy' }],
  [{ host: 'rebound.test' }],
])('is not there for who comes from elsewhere: %j', async (headers) => {
  const { bridge } = await served()
  const open = await served({ metrics: { public: true } })
  expect(await statusOf(`${bridge.url}/metrics`, headers)).toBe(404)
  expect(await statusOf(`${bridge.url}/metrics`, {})).toBe(200)
  expect(await statusOf(`${open.bridge.url}/metrics`, headers)).toBe(200)
})

test('is nowhere unless it is wanted, and where it is wanted', async () => {
  const without = await served({ metrics: false })
  expect((await without.get('/metrics')).status).toBe(404)
  const elsewhere = await served({ metrics: { path: '/internal/metrics' } })
  expect((await elsewhere.get('/internal/metrics')).status).toBe(200)
  expect((await elsewhere.get('/metrics')).status).toBe(404)
})

test('has a server of its own when it is given a port, and ends with the bridge', async () => {
  const { bridge, get } = await served({ metrics: { port: 0 } })
  const url = bridge.metricsUrl ?? ''
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  expect(await (await fetch(url)).text()).toContain('web_bridge_handler_processes')
  expect((await get('/metrics')).status).toBe(404)
  expect((await fetch(new URL('/', url))).status).toBe(404)
  await bridge.close()
  await expect(fetch(url)).rejects.toThrow()
})

test('says so when its port is taken', async () => {
  const { port } = new URL((await testBridge()).url)
  await expect(testBridge({ metrics: { port: Number(port) } })).rejects.toMatchObject({
    code: 'endpoint-in-use',
  })
})
