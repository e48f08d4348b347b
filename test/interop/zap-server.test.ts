// The original's HTTP server with handlers in our runtime: what it sends us, what browsers get, and
// what becomes of them when somebody leaves.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  configRoutes,
  connectOriginalRpc,
  type HandlersOf,
  HttpError,
  type OriginalHandlers,
  type OriginalHandlersOptions,
  reply,
  serveOriginalHandlers,
  serveSplice,
} from '@tieline/web-bridge'
import { until } from 'tieline/testing'
import { describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'
import { type RunningZap, startZap, type ZapOptions, zap } from '../support/zap.js'

interface Served {
  readonly zap: RunningZap
  readonly handlers: OriginalHandlers
  get(path: string, init?: RequestInit): Promise<Response>
}

async function served(
  routes: HandlersOf,
  options: Partial<ZapOptions> & OriginalHandlersOptions = {},
): Promise<Served> {
  const folder = ownFolder()
  const handlers = await serveOriginalHandlers(routes, {
    at: join(folder, 'zap.sock'),
    ...options,
  })
  atEnd(() => handlers.close({ withinMs: 0 }))
  const running = await startZap({
    socket: handlers.path,
    routes: configRoutes(handlers.routes),
    ...options,
  })
  atEnd(() => running.stop())
  return {
    zap: running,
    handlers,
    get: (path, init) =>
      fetch(running.url + path, { signal: AbortSignal.timeout(15_000), ...init }),
  }
}

describe.skipIf(!zap.available)("the original's server with our handlers", () => {
  it('brings the request: method, url, decoded params, query and cookies, headers, body, id', async () => {
    const { get } = await served({
      'POST /users/:name': async (request) => ({
        method: request.method,
        url: request.url,
        path: request.path,
        params: request.params,
        query: request.query,
        cookies: request.cookies,
        agent: request.headers['user-agent'],
        body: await request.body.text(),
        id: request.requestId,
      }),
    })
    const response = await get('/users/ada%20b?x=1&x=2&y=a%20b', {
      method: 'POST',
      headers: { cookie: 'a=1; b=c%20d', 'user-agent': 'test', 'x-request-id': 'mine' },
      body: 'grüße',
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      method: 'POST',
      url: '/users/ada%20b?x=1&x=2&y=a%20b',
      path: '/users/ada%20b',
      params: { name: 'ada b' },
      query: { x: ['1', '2'], y: 'a b' },
      cookies: { a: '1', b: 'c d' },
      agent: 'test',
      body: 'grüße',
      id: 'mine',
    })
  })

  it('calls the rest of a path *', async () => {
    const { get } = await served({ 'GET /files/*': ({ params }) => params })
    expect(await (await get('/files/a/b%20c')).json()).toEqual({ '*': 'a/b c' })
  })

  it('keeps statuses, headers and every one of several cookies', async () => {
    const { get } = await served({
      'GET /made': () =>
        reply('done', {
          status: 201,
          headers: { 'x-kind': 'a', 'set-cookie': ['a=1', 'b=2', 'c=3; Path=/'] },
        }),
    })
    const response = await get('/made')
    expect(response.status).toBe(201)
    expect(response.headers.get('x-kind')).toBe('a')
    expect(response.headers.getSetCookie().sort()).toEqual(['a=1', 'b=2', 'c=3; Path=/'])
    expect(await response.text()).toBe('done')
  })

  it('carries texts of megabytes both ways', async () => {
    const { get } = await served({
      'POST /echo': async ({ body }) => (await body.text()).toUpperCase(),
    })
    const response = await get('/echo', { method: 'POST', body: 'é'.repeat(2_000_000) })
    expect(await response.text()).toBe('É'.repeat(2_000_000))
  })

  it('carries what a handler streams', async () => {
    const { get } = await served({
      'GET /ticks': async function* () {
        for (let tick = 0; tick < 5; tick++) yield `tick ${tick}\n`
      },
    })
    const response = await get('/ticks')
    expect(await response.text()).toBe('tick 0\ntick 1\ntick 2\ntick 3\ntick 4\n')
  })

  // Fault: "error statuses lost". Its server makes 500 of every error frame, so ours sends responses.
  it('keeps the statuses of errors: refusals, overdue handlers, a handler that throws', async () => {
    const { get } = await served(
      {
        'GET /refused': () => {
          throw new HttpError(418, 'no coffee')
        },
        'GET /broken': () => {
          throw new Error('a secret')
        },
        'GET /never': () => new Promise(() => {}),
      },
      { timeoutMs: 300 },
    )
    const refused = await get('/refused')
    expect([refused.status, await refused.json()]).toMatchObject([
      418,
      { error: { message: 'no coffee' } },
    ])
    expect((await get('/never')).status).toBe(504)
    const broken = await get('/broken')
    expect(broken.status).toBe(500)
    const { error } = (await broken.json()) as { error: Record<string, unknown> }
    expect(error).toMatchObject({ code: 'HANDLER_EXECUTION_ERROR', requestId: expect.any(String) })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('answers for a handler that is not there, which its server tells as 500', async () => {
    const { get, zap: running } = await served(
      { 'GET /here': () => 'here' },
      { routes: [{ method: 'GET', path: '/gone', handler_id: 'nobody' }] },
    )
    expect((await get('/gone')).status).toBe(500)
    expect(running.log()).toContain('HANDLER_NOT_FOUND')
  })

  it('tells its server of a stream that breaks: 500, as nothing has been sent by then', async () => {
    const { get } = await served({
      'GET /breaks': async function* () {
        yield 'some'
        throw new Error('a secret')
      },
    })
    const response = await get('/breaks')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  // Fault: "no cancel when the browser goes away". It closes the connection, and that is enough.
  it('fires the signal of a handler whose browser went away', async () => {
    let started = false
    let cancelled = false
    const { get, handlers } = await served({
      'GET /slow': (_, { signal }) => {
        started = true
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            cancelled = true
            resolve('late')
          })
        })
      },
    })
    const browser = new AbortController()
    const response = get('/slow', { signal: browser.signal })
    await until('it runs', () => started)
    browser.abort()
    await expect(response).rejects.toThrow()
    await until('it is left', () => cancelled && handlers.connections === 0)
  })

  it('leaves a stream whose browser went away', async () => {
    let left = false
    const { get } = await served({
      'GET /endless': async function* () {
        try {
          for (;;) {
            await new Promise((resolve) => setTimeout(resolve, 5))
            yield 'more '
          }
        } finally {
          left = true
        }
      },
    })
    const browser = new AbortController()
    const response = get('/endless', { signal: browser.signal })
    setTimeout(() => browser.abort(), 200)
    await expect(response).rejects.toThrow()
    await until('it is left', () => left)
  })

  it("gives handlers the functions of its server's process, which are ours behind its splice", async () => {
    const folder = ownFolder()
    const at = join(folder, 'zap.sock')
    const add = (params: unknown) => {
      const { a, b } = params as { a: number; b: number }
      return a + b
    }
    const functions = await serveSplice([{ add }], { at: join(folder, 'splice.sock') })
    atEnd(() => functions.close({ withinMs: 0 }))
    // Its socket is there when the server is: the client waits for it.
    const rpc = await connectOriginalRpc({ at, background: true })
    atEnd(() => rpc.close())
    const { get } = await served(
      {
        'GET /sum/:a/:b': async ({ params }, context) => {
          const [a, b] = [Number(params['a']), Number(params['b'])]
          return { sum: await context.rpc.call('add', { a, b }, { timeout: '10s' }) }
        },
      },
      { at, rpc, spliceSocket: functions.path },
    )
    expect(await (await get('/sum/2/3')).json()).toEqual({ sum: 5 })
  })

  it('serves many requests at once, each on the connection that its server opens', async () => {
    const { get, handlers } = await served({ 'GET /n/:n': ({ params }) => params.n })
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => (await get(`/n/${n}`)).text()),
    )
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
    await until('no connection is open', () => handlers.connections === 0)
  })

  it('finishes what is in flight before it closes', async () => {
    let started = false
    const { get, handlers } = await served({
      'GET /slow': async () => {
        started = true
        await new Promise((resolve) => setTimeout(resolve, 200))
        return 'done'
      },
    })
    const response = get('/slow')
    await until('it runs', () => started)
    await handlers.close()
    expect(await (await response).text()).toBe('done')
  })

  // Fault: "the .rpc socket is world-accessible and left behind on exit". Ours is neither.
  it('has a socket for its owner alone, and none when it is closed; the original leaves its own', async () => {
    const { handlers, zap: running } = await served({ 'GET /': () => 'x' })
    expect(statSync(handlers.path).mode & 0o777).toBe(0o600)
    expect(statSync(`${handlers.path}.rpc`).mode & 0o777).not.toBe(0o600)
    await handlers.close()
    await running.stop()
    expect(existsSync(handlers.path)).toBe(false)
    expect(readdirSync(join(handlers.path, '..'))).toContain('zap.sock.rpc')
  })
})
