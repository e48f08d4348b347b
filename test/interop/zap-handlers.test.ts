// The original's TypeScript handlers behind our server: the backend that speaks to its handler socket,
// and browsers of our server in front.
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BridgeRequest,
  type BridgeResponse,
  type BrowserSocket,
  type InvokeContext,
  type OriginalBackend,
  originalBackend,
  type Route,
  startBridge,
  type WebBridge,
} from '@tieline/web-bridge'
import { until } from 'tieline/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'

const CHILD = fileURLToPath(new URL('zap-handlers-child.mjs', import.meta.url))
const IDS = [
  'echo',
  'status',
  'throws',
  'never',
  'dies',
  'slow',
  'ticks',
  'bytes',
  'breaks',
  'nobody',
]

const routes: Route[] = [
  ...IDS.map((id) => ({ id, kind: 'http' as const, method: 'POST', path: `/${id}/:name/*` })),
  { id: 'chat', kind: 'socket', method: 'GET', path: '/chat' },
  { id: 'no-chat', kind: 'socket', method: 'GET', path: '/no-chat' },
]

let folder: string
let child: Command
let backend: OriginalBackend

async function startHandlers(): Promise<Command> {
  const started = new Command(process.execPath, [CHILD, join(folder, 'zap.sock')])
  await started.said('ready')
  return started
}

beforeEach(async () => {
  folder = ownFolder()
  child = await startHandlers()
  backend = originalBackend({ at: join(folder, 'zap.sock'), routes })
})

afterEach(async () => {
  await backend.close({ withinMs: 0 })
})

function request(id: string, query = '', more: Partial<BridgeRequest> = {}): BridgeRequest {
  return {
    requestId: 'request-1',
    route: routes.find((route) => route.id === id) as Route,
    method: 'POST',
    url: `/${id}/a%20b/c/d${query}`,
    params: { name: 'a b', '*': 'c/d' },
    headers: { cookie: 'a=1; b=x%20y', accept: '*/*' },
    body: undefined,
    remoteAddress: '127.0.0.1',
    ...more,
  }
}

const context = (more: Partial<InvokeContext> = {}): InvokeContext => ({
  signal: new AbortController().signal,
  timeoutMs: 15_000,
  meta: {},
  ...more,
})

const invoke = (
  id: string,
  query?: string,
  more?: Partial<BridgeRequest>,
): Promise<BridgeResponse> => backend.invoke(request(id, query, more), context())

async function bodyOf({ body }: BridgeResponse): Promise<string> {
  if (body === undefined || typeof body === 'string') return body ?? ''
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe("our server with the original's handlers", () => {
  it('gives them the request as their own server does: nothing decoded, bodies as text', async () => {
    const body = new TextEncoder().encode('grüße')
    const response = await invoke('echo', '?x=1&x=2&y=a%20b', { body })
    expect(response.status).toBe(200)
    expect(response.headers).toEqual({ 'content-type': 'application/json', 'x-kind': 'echo' })
    expect(JSON.parse(await bodyOf(response))).toEqual({
      request_id: 'request-1',
      method: 'POST',
      path: '/echo/a%20b/c/d?x=1&x=2&y=a%20b',
      path_only: '/echo/a%20b/c/d',
      query: { x: '2', y: 'a%20b' },
      params: { name: 'a%20b', '': 'c/d' },
      headers: { cookie: 'a=1; b=x%20y', accept: '*/*' },
      body: 'grüße',
      cookies: { a: '1', b: 'x%20y' },
    })
  })

  it('puts a streamed body together, also across a character', async () => {
    const bytes = new TextEncoder().encode('größe')
    async function* pieces() {
      for (const byte of bytes) yield Uint8Array.of(byte)
    }
    const response = await invoke('echo', '', { body: pieces() })
    expect(JSON.parse(await bodyOf(response)).body).toBe('größe')
  })

  it('refuses a body that is no text with 415, and one past the limit as too-large', async () => {
    const binary = await invoke('echo', '', { body: Uint8Array.of(0xff, 0xfe) })
    expect(binary.status).toBe(415)
    const route = { ...(routes[0] as Route), maxBodyBytes: 10 }
    const large = invoke('echo', '', { route, body: new Uint8Array(11) })
    await expect(large).rejects.toMatchObject({ code: 'too-large' })
  })

  it('keeps statuses', async () => {
    for (const code of [200, 201, 404, 503]) {
      expect((await invoke('status', `?code=${code}`)).status).toBe(code)
    }
  })

  // Fault: "error statuses lost".
  it('keeps the statuses of error frames, and hides what a handler threw', async () => {
    const missing = await invoke('nobody')
    expect(missing.status).toBe(404)
    expect(JSON.parse(await bodyOf(missing)).error).toMatchObject({ code: 'HANDLER_NOT_FOUND' })
    const thrown = await invoke('throws')
    expect(thrown.status).toBe(500)
    const text = await bodyOf(thrown)
    expect(text).not.toContain('secret')
    expect(JSON.parse(text).error).toMatchObject({
      code: 'HANDLER_EXECUTION_ERROR',
      requestId: 'request-1',
      digest: expect.any(String),
    })
  })

  // Fault: "streams buffered".
  it('passes on a stream as it comes: the first chunk is there before the last is made', async () => {
    const response = await invoke('ticks', '?count=1000000&ms=1')
    expect(response.headers).toEqual({ 'content-type': 'text/event-stream' })
    const chunks = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    const first = await chunks.next()
    expect(Buffer.from(first.value as Uint8Array).toString()).toBe('tick 0\n')
    await chunks.return?.()
    await until('nothing is in flight', () => backend.inFlight === 0)
  })

  it('carries bytes in a stream', async () => {
    const { body } = await invoke('bytes')
    const all: number[] = []
    for await (const chunk of body as AsyncIterable<Uint8Array>) all.push(...chunk)
    expect(all).toEqual([0xff, 0x00, 0x80, 0xfe])
  })

  it('breaks a stream off that broke', async () => {
    await expect(bodyOf(await invoke('breaks'))).rejects.toMatchObject({ message: 'a secret' })
    // The connection is in order, and so is the next request.
    expect((await invoke('status', '?code=200')).status).toBe(200)
  })

  it('rejects a handler that is overdue, and a request whose browser left', async () => {
    const late = backend.invoke(request('never'), context({ timeoutMs: 200 }))
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
    const browser = new AbortController()
    const left = backend.invoke(request('never'), context({ signal: browser.signal }))
    setTimeout(() => browser.abort(), 100)
    await expect(left).rejects.toMatchObject({ code: 'cancelled' })
    expect(backend.inFlight).toBe(0)
  })

  it('rejects the requests of a process that died with connection-lost, at once, then unavailable', async () => {
    const lost = [invoke('never'), invoke('dies')].map((each) =>
      expect(each).rejects.toMatchObject({ code: 'connection-lost' }),
    )
    await Promise.all(lost)
    await child.ended()
    await expect(invoke('echo')).rejects.toMatchObject({
      code: 'unavailable',
      data: { retryAfterSeconds: 1 },
    })
    expect(backend.health()).toMatchObject({ ready: 0, wanted: 1 })
    child = await startHandlers()
    expect((await invoke('status', '?code=200')).status).toBe(200)
    expect(backend.health()).toMatchObject({ ready: 1 })
  })

  it('answers many at once, each with its own', async () => {
    const times = Array.from({ length: 60 }, (_, n) => String(60 - n))
    const answers = await Promise.all(
      times.map(async (ms) => bodyOf(await invoke('slow', `?ms=${ms}`))),
    )
    expect(answers).toEqual(times)
  })

  it('asks how they are', async () => {
    expect(await backend.check()).toBe(true)
    await child.end('SIGKILL')
    expect(await backend.check()).toBe(false)
  })

  it('finishes what is in flight before it closes, and takes no more', async () => {
    const slow = invoke('slow', '?ms=200')
    await until('it is in flight', () => backend.inFlight === 1)
    const closed = backend.close()
    await expect(invoke('echo')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await bodyOf(await slow)).toBe('200')
    await closed
    expect(backend.inFlight).toBe(0)
  })
})

class Browser implements BrowserSocket {
  readonly id = 'browser'
  readonly said: (string | Uint8Array)[] = []
  closing: [code: number | undefined, reason: string | undefined] | undefined

  send(data: string | Uint8Array): Promise<void> {
    this.said.push(data)
    return Promise.resolve()
  }

  close(code?: number, reason?: string): void {
    this.closing ??= [code, reason]
  }
}

describe("WebSockets with the original's handlers", () => {
  const connect = async (id: string, browser: Browser) =>
    backend.connect(request(id, '', { url: `/${id}` }), browser, context())

  // Fault: "ws_send never read by the server".
  it('carries what they send, texts and bytes, both ways', async () => {
    const browser = new Browser()
    const socket = await connect('chat', browser)
    await socket.message('hi')
    await socket.message(Uint8Array.of(1, 0xff))
    await until('all was said', () => browser.said.length === 3)
    expect(browser.said).toEqual(['hello /chat', 'you said hi', expect.anything()])
    expect([...(browser.said[2] as Uint8Array)]).toEqual([1, 0xff])
    socket.closed(1000, '')
  })

  it('refuses one that has no handler', async () => {
    await expect(connect('no-chat', new Browser())).rejects.toMatchObject({
      code: 'unknown-method',
    })
  })

  it('carries their close', async () => {
    const browser = new Browser()
    const socket = await connect('chat', browser)
    await socket.message('close')
    await until('it is closed', () => browser.closing !== undefined)
    expect(browser.closing).toEqual([4001, 'as asked'])
    socket.closed(4001, 'as asked')
  })

  it('keeps them alive while requests come and go, which its own server could not', async () => {
    const browsers = [new Browser(), new Browser()]
    const [first, second] = await Promise.all(browsers.map((browser) => connect('chat', browser)))
    for (let round = 0; round < 3; round++) {
      await invoke('status', '?code=200')
      const late = backend.invoke(request('never'), context({ timeoutMs: 50 }))
      await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' })
      await first?.message(`a${round}`)
      await second?.message(`b${round}`)
    }
    const all = (letter: string) => [
      'hello /chat',
      ...[0, 1, 2].map((round) => `you said ${letter}${round}`),
    ]
    await until('all was said', () => browsers.every(({ said }) => said.length === 4))
    expect(browsers.map(({ said }) => said)).toEqual([all('a'), all('b')])
    first?.closed(1000, '')
    second?.closed(1000, '')
  })

  it('closes them with 1001 when the process dies', async () => {
    const browser = new Browser()
    await connect('chat', browser)
    await child.end('SIGKILL')
    await until('it is closed', () => browser.closing !== undefined)
    expect(browser.closing?.[0]).toBe(1001)
  })
})

describe('a browser of our server', () => {
  let bridge: WebBridge
  const get = (path: string, init?: RequestInit) =>
    fetch(bridge.url + path, { method: 'POST', signal: AbortSignal.timeout(15_000), ...init })

  beforeEach(async () => {
    bridge = await startBridge({
      port: 0,
      at: `unix:${join(folder, 'bridge.sock')}`,
      backend,
      timeout: '1s',
      drain: '500ms',
      withoutOrigin: true,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
  })

  afterEach(() => bridge.close())

  it('gets what the handlers of the original answer', async () => {
    const response = await get('/status/a/b?code=201')
    expect([response.status, await response.text()]).toEqual([201, 'as asked'])
    const echoed = await get('/echo/a%20b/c', { body: 'grüße' })
    expect(await echoed.json()).toMatchObject({ body: 'grüße', params: { name: 'a%20b', '': 'c' } })
    expect((await get('/nobody/a/b')).status).toBe(404)
    expect((await get('/throws/a/b')).status).toBe(500)
    expect((await get('/echo/a/b', { body: Uint8Array.of(0xff) })).status).toBe(415)
  })

  it('gets a stream as it comes, and may leave it', async () => {
    const response = await get('/ticks/a/b?count=1000000&ms=1')
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value as Uint8Array).toString()).toContain('tick 0')
    await reader?.cancel()
    await until('nothing is in flight', () => backend.inFlight === 0)
  })

  it('is told 504 of a handler that is overdue, 502 of a process that died, then 503', async () => {
    expect((await get('/never/a/b')).status).toBe(504)
    expect((await get('/dies/a/b')).status).toBe(502)
    await child.ended()
    const gone = await get('/status/a/b?code=200')
    expect(gone.status).toBe(503)
    expect(gone.headers.get('retry-after')).toBe('1')
  })

  it('has WebSockets', async () => {
    const socket = new WebSocket(`${bridge.url.replace('http', 'ws')}/chat`)
    const said: string[] = []
    socket.on('message', (data) => said.push(String(data)))
    await once(socket, 'open')
    socket.send('hi')
    await until('all was said', () => said.length === 2)
    expect(said).toEqual(['hello /chat', 'you said hi'])
    socket.send('close')
    const [code] = await once(socket, 'close')
    expect(code).toBe(4001)
  })
})
