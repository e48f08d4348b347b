import { call, contract, fail, implement, stream, type } from 'tieline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bridgeWith, joinHandlers, RawClient, testBridge, until } from '../bridge.test.helper.js'
import { silentLog } from '../handlers/log.js'
import { routesOf } from '../handlers/routes.js'
import { linkHandlers } from '../runtime/link.js'
import { createRuntime } from '../runtime/registry.js'
import { connectRpc, type RpcClientOptions } from './client.js'
import { rpcService } from './functions.js'

const Sums = contract({
  name: 'sums',
  version: '1.0',
  methods: {
    add: call({ input: type<{ a: number; b: number }>(), output: type<number>() }),
    count: stream({ input: type<number>(), output: type<number>() }),
    buy: call({ input: type<string>(), errors: { 'sold-out': true } }),
  },
})

const sums = implement(Sums, {
  add: ({ a, b }) => a + b,
  count: async function* (to) {
    for (let n = 1; n <= to; n++) yield n
  },
  buy: () => {
    throw fail('sold-out', 'none left')
  },
})

async function client(options: RpcClientOptions) {
  const rpc = await connectRpc(options)
  onTestFinished(() => rpc.close())
  return rpc
}

describe('functions of the server’s process', () => {
  test('are called by name and typed by contract, from a handler', async () => {
    const bridge = await bridgeWith(
      {
        'GET /name': (_request, { rpc }) => rpc.call('add', { a: 1, b: 2 }),
        'GET /typed': (_request, { rpc }) => rpc.of(Sums).add({ a: 2, b: 3 }),
        'GET /plain': (_request, { rpc }) => rpc.call('hello', 'Ada'),
      },
      { rpc: [sums, { hello: (name) => `hello ${name}` }] },
    )
    const get = async (path: string) => (await fetch(bridge.url + path)).text()
    expect(await get('/name')).toBe('3')
    expect(await get('/typed')).toBe('5')
    expect(await get('/plain')).toBe('hello Ada')
  })

  test('answer with streams, item by item', async () => {
    const bridge = await bridgeWith(
      {
        'GET /': async function* (_request, { rpc }) {
          for await (const n of rpc.of(Sums).count(3)) yield `${n} `
        },
      },
      { rpc: [sums] },
    )
    expect(await (await fetch(bridge.url)).text()).toBe('1 2 3 ')
  })

  test('fail with the code they mean to, and hide what they do not', async () => {
    const bridge = await bridgeWith(
      {
        'GET /:name': ({ params }, { rpc }) =>
          rpc.call(params['name'] as string).catch(({ code, message }) => ({ code, message })),
      },
      {
        rpc: [
          sums,
          {
            broken: () => {
              throw new Error('secret')
            },
          },
        ],
      },
    )
    const get = async (name: string) => (await fetch(`${bridge.url}/${name}`)).json()
    expect(await get('buy')).toEqual({ code: 'sold-out', message: 'none left' })
    expect(await get('broken')).toMatchObject({ code: 'internal' })
    expect(JSON.stringify(await get('broken'))).not.toContain('secret')
    for (const name of ['nope', 'constructor', '__proto__', 'toString']) {
      expect(await get(name)).toMatchObject({ code: 'unknown-method' })
    }
  })

  test('work from the first line of a handlers’ module', async () => {
    const bridge = await testBridge({ rpc: [sums] })
    const link = await linkHandlers({
      at: bridge.endpoint,
      log: silentLog,
      runtime: async ({ rpc }) => {
        const sum = await rpc.call('add', { a: 20, b: 3 })
        return createRuntime(routesOf({ 'GET /': () => `made with ${sum}` }))
      },
    })
    onTestFinished(() => link.close())
    expect(await (await fetch(bridge.url)).text()).toBe('made with 23')
  })

  test('have a deadline: the one asked for, and never more than the request has left', async () => {
    let left = Number.NaN
    const bridge = await bridgeWith(
      [
        {
          method: 'GET',
          path: '/own',
          handler: (_request, { rpc }) =>
            rpc.call('sleep', null, { timeout: 20 }).catch(({ code }) => code),
        },
        {
          method: 'GET',
          path: '/request',
          timeout: 5000,
          handler: (_request, { rpc }) => rpc.call('left'),
        },
      ],
      {
        rpc: [
          {
            sleep: () => new Promise(() => {}),
            left: (_params, call) => {
              left = call.remaining()
              return null
            },
          },
        ],
      },
    )
    expect(await (await fetch(`${bridge.url}/own`)).text()).toBe('deadline-exceeded')
    await fetch(`${bridge.url}/request`)
    expect(left).toBeLessThanOrEqual(5000)
  })

  test('are told when the browser that started it all goes away', async () => {
    let cancelled = 0
    const bridge = await bridgeWith(
      {
        'GET /': (_request, { rpc }) => rpc.call('wait'),
        'GET /stream': async function* (_request, { rpc }) {
          yield 'begun'
          for await (const item of rpc.stream('never')) yield String(item)
        },
      },
      {
        rpc: [
          {
            wait: (_params, { signal }) =>
              new Promise((_, reject) => {
                signal.addEventListener('abort', () => {
                  cancelled++
                  reject(new Error('cancelled'))
                })
              }),
            never: async function* (_params, { signal }) {
              signal.addEventListener('abort', () => cancelled++)
              yield 1
              await new Promise((resolve) => signal.addEventListener('abort', resolve))
            },
          },
        ],
      },
    )
    const client = new RawClient(bridge)
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => bridge.backend.inFlight === 1)
    client.socket.destroy()
    await until(() => cancelled === 1)
    const streaming = new RawClient(bridge)
    streaming.send('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => streaming.received.includes('1'))
    streaming.socket.destroy()
    await until(() => cancelled === 2)
    await until(() => bridge.backend.inFlight === 0)
  })

  test('are refused as options: a name twice, and what is no function', () => {
    expect(() => rpcService([{ a: () => 1 }, { a: () => 2 }])).toThrow('"a" is there twice')
    expect(() => rpcService([{ a: 1 as never }])).toThrow('"a" is no function')
  })
})

describe('an rpc client of another program', () => {
  test('goes over the local socket where there is one, and says so', async () => {
    const bridge = await testBridge({ rpc: [sums] })
    const told: unknown[] = []
    const rpc = await client({
      at: bridge.endpoint,
      http: bridge,
      chosen: (way, why) => told.push([way, why]),
    })
    expect(await rpc.call('add', { a: 1, b: 1 })).toBe(2)
    const counted: number[] = []
    for await (const n of rpc.of(Sums).count(2)) counted.push(n)
    expect(counted).toEqual([1, 2])
    expect([...(await rpc.names())].sort()).toEqual(['add', 'buy', 'count'])
    expect([rpc.way, told]).toEqual(['local', [['local', undefined]]])
  })

  test('falls back to HTTP by itself, and says so and why', async () => {
    const bridge = await testBridge({ rpc: [sums] })
    const told: [string, string | undefined][] = []
    const rpc = await client({
      at: `${bridge.endpoint}.nowhere`,
      http: bridge,
      chosen: (way, why) => told.push([way, why?.message]),
    })
    expect(rpc.way).toBe('http')
    expect(told[0]?.[0]).toBe('http')
    expect(told[0]?.[1]).toContain('nowhere')
    expect(await rpc.call('add', { a: 1, b: 1 })).toBe(2)
    expect(await rpc.of(Sums).add({ a: 1, b: 2 })).toBe(3)
    await expect(rpc.call('buy', 'x')).rejects.toMatchObject({ code: 'sold-out' })
    await expect(rpc.call('nope')).rejects.toMatchObject({ code: 'unknown-method' })
    expect(() => rpc.stream('count', 1)).toThrow('streams need the local socket')
  })

  test('without a server and without HTTP is refused at once', async () => {
    const bridge = await testBridge()
    await expect(connectRpc({ at: `${bridge.endpoint}.nowhere` })).rejects.toMatchObject({
      code: 'connection-refused',
    })
  })

  test('over HTTP gives up after its timeout, and the function is told', async () => {
    let cancelled = false
    const bridge = await testBridge({
      rpc: [
        {
          wait: (_params, { signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                cancelled = true
                reject(new Error('cancelled'))
              })
            }),
        },
      ],
    })
    const rpc = await client({ at: `${bridge.endpoint}.nowhere`, http: bridge })
    await expect(rpc.call('wait', null, { timeout: 50 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    await until(() => cancelled)
  })

  test('does not open several connections for concurrent first calls', async () => {
    let opened = 0
    const bridge = await testBridge({ rpc: [sums], observe: { opened: () => opened++ } })
    const rpc = await client({ at: bridge.endpoint, http: bridge })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rpc.call('add', { a: n, b: 0 })),
    )
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(opened).toBe(1)
  })
})

describe('POST /__zap_rpc', () => {
  const post = (url: string, body: string, headers: Record<string, string>) =>
    fetch(`${url}/__zap_rpc`, { method: 'POST', body, headers })

  test('answers { success, data } and { success, error } to who has the token', async () => {
    const bridge = await testBridge({ rpc: [sums] })
    const headers = { 'x-bridge-token': bridge.token }
    const ask = async (body: unknown) => {
      const response = await post(bridge.url, JSON.stringify(body), headers)
      return [response.status, await response.json()]
    }
    expect(await ask({ method: 'add', params: { a: 1, b: 2 } })).toEqual([
      200,
      { success: true, data: 3 },
    ])
    expect(await ask({ method: 'nope' })).toMatchObject([404, { success: false }])
    expect(await ask({ method: 'buy', params: 'x' })).toMatchObject([
      500,
      { success: false, error: { code: 'sold-out', message: 'none left' } },
    ])
    expect(await ask({ method: 'count', params: 2 })).toMatchObject([400, { success: false }])
    expect(await ask({})).toMatchObject([400, { success: false }])
    expect(await ask([])).toMatchObject([400, { success: false }])
  })

  test('answers 500 when the answer has no JSON, and goes on', async () => {
    const functions = {
      large: () => 1n,
      refuses: () => {
        throw fail('too-many', 'there are too many', { count: 1n })
      },
      small: () => 1,
    }
    const bridge = await testBridge({ rpc: [functions] })
    const headers = { 'x-bridge-token': bridge.token }
    const ask = async (method: string) => {
      const response = await post(bridge.url, JSON.stringify({ method }), headers)
      return [response.status, await response.json()]
    }
    for (const name of ['large', 'refuses']) {
      expect(await ask(name)).toMatchObject([500, { success: false, error: { code: 'internal' } }])
    }
    expect(await ask('small')).toEqual([200, { success: true, data: 1 }])
  })

  test('is closed to every page: no token, a wrong one, a foreign Host, a body without end', async () => {
    let ran = 0
    const bridge = await testBridge({ rpc: [{ run: () => void ran++ }] })
    const body = '{"method":"run"}'
    expect((await post(bridge.url, body, {})).status).toBe(401)
    expect((await post(bridge.url, body, { 'x-bridge-token': 'guess' })).status).toBe(401)
    const token = `X-Bridge-Token: ${bridge.token}\r\nContent-Length: ${body.length}\r\n`
    const rebound = new RawClient(bridge)
    rebound.send(
      `POST /__zap_rpc HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n${token}\r\n${body}`,
    )
    expect(await rebound.toEnd()).toMatch(/^HTTP\/1.1 403 /)
    const large = await post(bridge.url, `"${'x'.repeat(70_000)}"`, {
      'x-bridge-token': bridge.token,
    })
    expect(large.status).toBe(413)
    expect(ran).toBe(0)
  })

  test('goes before no route of a handler', async () => {
    const bridge = await testBridge()
    await joinHandlers(bridge, { 'POST /__zap_rpc': () => 'mine', 'GET /health': () => 'mine too' })
    expect(await (await post(bridge.url, '{}', {})).text()).toBe('mine')
    expect(await (await fetch(`${bridge.url}/health`)).text()).toBe('mine too')
  })
})
