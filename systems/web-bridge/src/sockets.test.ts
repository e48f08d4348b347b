import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { startBridge, type WebBridge } from './bridge.js'
import {
  bridgeWith,
  joinHandlers,
  ownDirectory,
  RawClient,
  testBridge,
  until,
} from './bridge.test.helper.js'
import type { HandlerSocket } from './handlers/handler.js'
import { silentLog } from './handlers/log.js'
import type { BridgeLayer } from './server/middleware.js'

class Page {
  readonly socket: WebSocket
  readonly messages: (string | Buffer)[] = []
  closed: { code: number; reason: string } | undefined
  refused: number | undefined

  constructor(bridge: WebBridge, path: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(bridge.url.replace('http', 'ws') + path, { headers })
    onTestFinished(() => this.socket.terminate())
    this.socket.on('message', (data, isBinary) => {
      this.messages.push(isBinary ? (data as Buffer) : String(data))
    })
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
    })
    this.socket.on('error', () => {})
    this.socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode
      response.resume()
    })
  }

  opened(): Promise<void> {
    return until(() => this.socket.readyState === WebSocket.OPEN, 'the open socket')
  }

  received(count: number): Promise<void> {
    return until(() => this.messages.length >= count, `${count} messages`)
  }
}

describe('a WebSocket', () => {
  test('is carried to its handler and back: text, binary, params, close', async () => {
    const seen: unknown[] = []
    const bridge = await bridgeWith({
      'WS /rooms/:room': {
        open: async (socket) => {
          await socket.send(`welcome to ${socket.request.params['room']}`)
        },
        message: (socket, data) => socket.send(data),
        close: (_socket, why) => {
          seen.push(why)
        },
      },
    })
    const page = new Page(bridge, '/rooms/blue')
    await page.received(1)
    page.socket.send('text')
    page.socket.send(Buffer.from([1, 2]))
    await page.received(3)
    expect(page.messages).toEqual(['welcome to blue', 'text', Buffer.from([1, 2])])
    page.socket.close(4000, 'bye')
    await until(() => seen.length > 0)
    expect(seen).toEqual([{ code: 4000, reason: 'bye' }])
    await until(() => bridge.backend.inFlight === 0)
  })

  test('can be sent to from anywhere, at any time: ws_send is read', async () => {
    let kept: HandlerSocket | undefined
    const bridge = await bridgeWith({
      'WS /': {
        open: (socket) => {
          kept = socket
        },
      },
      'POST /push': async ({ body }) => {
        await kept?.send(await body.text())
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    await fetch(`${bridge.url}/push`, { method: 'POST', body: 'from a request' })
    await page.received(1)
    expect(page.messages).toEqual(['from a request'])
  })

  test('is closed by its handler with a code and a reason', async () => {
    const bridge = await bridgeWith({
      'WS /': { message: (socket) => socket.close(4001, 'enough') },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.send('x')
    await until(() => page.closed !== undefined)
    expect(page.closed).toEqual({ code: 4001, reason: 'enough' })
  })

  test('is closed with 1011 when its handler throws, and the reason stays inside', async () => {
    const bridge = await bridgeWith({
      'WS /': {
        message: () => {
          throw new Error('secret')
        },
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.send('x')
    await until(() => page.closed !== undefined)
    expect(page.closed).toEqual({ code: 1011, reason: 'the handler failed' })
  })

  test('may be sent to by a handler that does not look whether it is still open', async () => {
    const failed: unknown[] = []
    const told = (error: unknown) => failed.push(error)
    process.on('unhandledRejection', told)
    onTestFinished(() => void process.off('unhandledRejection', told))
    let later: (() => void) | undefined
    let closed = false
    const bridge = await bridgeWith({
      'WS /': {
        open: (socket) => {
          later = () => void socket.send('a tick')
        },
        close: () => {
          closed = true
        },
      },
      'GET /': () => 'alive',
    })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.terminate()
    await until(() => closed)
    later?.()
    expect(await (await fetch(bridge.url)).text()).toBe('alive')
    expect(failed).toEqual([])
  })

  test('gives messages one at a time, in order', async () => {
    const order: string[] = []
    const bridge = await bridgeWith({
      'WS /': {
        message: async (socket, data) => {
          order.push(`begin ${data}`)
          await new Promise((resolve) => setTimeout(resolve, 5))
          order.push(`end ${data}`)
          await socket.send('done')
        },
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    for (const each of ['a', 'b', 'c']) page.socket.send(each)
    await page.received(3)
    expect(order).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
  })

  test('tells its handler when the browser is just gone, also while a message is at work', async () => {
    let aborted = false
    const why: unknown[] = []
    const bridge = await bridgeWith({
      'WS /': {
        message: (_socket, _data, { signal }) =>
          new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              aborted = true
              resolve()
            })
          }),
        close: (_socket, { code }) => {
          why.push(code)
        },
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.send('x')
    await until(() => bridge.backend.inFlight === 1)
    page.socket.terminate()
    await until(() => why.length > 0)
    expect([aborted, why]).toEqual([true, [1006]])
    await until(() => bridge.backend.inFlight === 0)
  })

  test('that is not read makes its handler wait, and memory stays where it is', async () => {
    let sent = 0
    const bridge = await bridgeWith({
      'WS /': {
        open: (socket) => {
          const piece = 'x'.repeat(64 * 1024)
          const pump = async () => {
            for (;;) {
              await socket.send(piece)
              sent++
            }
          }
          pump().catch(() => {})
        },
      },
    })
    const page = new Page(bridge, '/')
    page.socket.on('open', () => page.socket.pause())
    await page.opened()
    let last = -1
    await until(async () => {
      const still = sent === last
      last = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
      return still && sent > 0
    })
    // What the system's own buffers and the windows in between take.
    expect(sent).toBeLessThan(400)
    page.socket.resume()
    await page.received(sent + 100)
  })

  test('is refused by a layer before the upgrade, with the layer’s response', async () => {
    let opened = 0
    const auth: BridgeLayer = (next) => (request, context) =>
      request.headers['authorization'] === 'yes'
        ? next(request, context)
        : Promise.resolve({ status: 401, headers: { 'www-authenticate': 'Test' }, body: 'no' })
    const bridge = await bridgeWith({ 'WS /': { open: () => void opened++ } }, { layers: [auth] })
    const stranger = new Page(bridge, '/')
    await until(() => stranger.refused !== undefined)
    expect(stranger.refused).toBe(401)
    expect(opened).toBe(0)
    await new Page(bridge, '/', { authorization: 'yes' }).opened()
    expect(opened).toBe(1)
  })

  test('without a handler process is refused with 503, at a path of none with 404', async () => {
    const bridge = await testBridge()
    const link = await joinHandlers(bridge, { 'WS /': {}, 'GET /page': () => 'x' })
    const nowhere = new Page(bridge, '/nowhere')
    await until(() => nowhere.refused !== undefined)
    expect(nowhere.refused).toBe(404)
    expect((await fetch(bridge.url)).status).toBe(426)
    await link.close()
    await until(() => bridge.health().ready === 0)
    const page = new Page(bridge, '/')
    await until(() => page.refused !== undefined)
    expect(page.refused).toBe(503)
  })

  test('larger than the limit is closed with 1009', async () => {
    const bridge = await bridgeWith({ 'WS /': {} }, { maxMessageBytes: 1000 })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.send('x'.repeat(1001))
    await until(() => page.closed !== undefined)
    expect(page.closed?.code).toBe(1009)
  })

  test('at the path of a page: the same path answers both', async () => {
    const bridge = await bridgeWith([
      { method: 'GET', path: '/', handler: () => 'the page' },
      { path: '/', socket: { open: (socket) => socket.send('the socket') } },
    ])
    expect(await (await fetch(bridge.url)).text()).toBe('the page')
    const page = new Page(bridge, '/')
    await page.received(1)
    expect(page.messages).toEqual(['the socket'])
  })
})

describe('a WebSocket whose handler’s process ends', () => {
  test('is asked to come again (1012) at once when nobody is at work on a message', async () => {
    const bridge = await testBridge({ drain: '10m' })
    const link = await joinHandlers(bridge, { 'WS /': {} })
    const page = new Page(bridge, '/')
    await page.opened()
    await link.close()
    await until(() => page.closed !== undefined)
    expect(page.closed).toEqual({ code: 1012, reason: 'restarting' })
  })

  test('is answered first when one is at work, and gets no other', async () => {
    const bridge = await testBridge({ drain: '10m' })
    const taken: string[] = []
    let finish: () => void = () => {}
    const link = await joinHandlers(bridge, {
      'WS /': {
        message: async (socket, data) => {
          taken.push(String(data))
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          await socket.send(`done with ${data}`)
        },
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    page.socket.send('one')
    page.socket.send('two')
    await until(() => taken.length === 1)
    const left = link.close()
    await until(() => bridge.health().ready === 0)
    expect(page.closed).toBeUndefined()
    finish()
    await left
    await until(() => page.closed !== undefined)
    expect([page.messages, page.closed?.code, taken]).toEqual([['done with one'], 1012, ['one']])
  })

  test('is its handler’s to end when that has asked for `draining`', async () => {
    const bridge = await testBridge({ drain: '10m' })
    let told = false
    let socket: HandlerSocket | undefined
    const link = await joinHandlers(bridge, {
      'WS /': {
        open: (opened, { draining }) => {
          socket = opened
          draining.addEventListener('abort', () => {
            told = true
          })
        },
      },
    })
    const page = new Page(bridge, '/')
    await page.opened()
    const left = link.close()
    await until(() => told)
    await socket?.send('one more')
    expect(page.closed).toBeUndefined()
    socket?.close(4002, 'the round is over')
    await left
    await until(() => page.closed !== undefined)
    expect([page.messages, page.closed?.code]).toEqual([['one more'], 4002])
  })
})

describe('row 26: whose page may open one', () => {
  const host = (bridge: WebBridge) => new URL(bridge.url).host

  test.each([
    'null',
    'http://evil.test',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'https://127.0.0.1',
    'http://127.0.0.1:1',
  ])('a page of %s is refused with 403', async (origin) => {
    const bridge = await bridgeWith({ 'WS /': {} })
    const page = new Page(bridge, '/', { origin })
    await until(() => page.refused !== undefined)
    expect(page.refused).toBe(403)
  })

  test('a name that DNS was rebound to is refused, although its page is of the same origin', async () => {
    const bridge = await bridgeWith({ 'WS /': {} })
    const { port } = new URL(bridge.url)
    const evil = `evil.test:${port}`
    const page = new Page(bridge, '/', { host: evil, origin: `http://${evil}` })
    await until(() => page.refused !== undefined)
    expect(page.refused).toBe(403)
  })

  test('a page of the server itself may; a program without an Origin only when told so', async () => {
    const bridge = await bridgeWith({ 'WS /': {} })
    await new Page(bridge, '/', { origin: `http://${host(bridge)}` }).opened()
    await new Page(bridge, '/').opened() // bridgeWith says so
    const usual = await startBridge({
      port: 0,
      at: `unix:${await ownDirectory()}/b.sock`,
      log: silentLog,
    })
    onTestFinished(() => usual.close())
    await joinHandlers(usual, { 'WS /': {} })
    const page = new Page(usual, '/')
    await until(() => page.refused !== undefined)
    expect(page.refused).toBe(403)
  })

  test('with a list only those in it may, each exactly; and names of a proxy by another', async () => {
    const bridge = await bridgeWith(
      { 'WS /': {} },
      { origins: ['https://app.example'], hosts: ['app.example'] },
    )
    await new Page(bridge, '/', { origin: 'https://app.example', host: 'app.example' }).opened()
    for (const origin of [`http://${host(bridge)}`, 'https://app.example.evil.test']) {
      const page = new Page(bridge, '/', { origin })
      await until(() => page.refused !== undefined)
      expect(page.refused).toBe(403)
    }
    await expect(bridgeWith({}, { origins: ['null'] })).rejects.toThrow('is no origin')
  })

  test('row 27: an upgrade that is no good is refused, and the server lives', async () => {
    const bridge = await bridgeWith({ 'WS /': {}, 'GET /x': () => 'fine' })
    const { port } = new URL(bridge.url)
    const head = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\n`
    const handshakes = [
      `${head}Upgrade: websocket\r\n\r\n`,
      `${head}Upgrade: websocket\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      `${head}Upgrade: h2c\r\n\r\n`,
    ]
    for (const handshake of handshakes) {
      const client = new RawClient(bridge)
      client.send(handshake)
      expect(await client.toEnd()).toMatch(/^HTTP\/1.1 4\d\d /)
    }
    const gone = new RawClient(bridge)
    gone.send(`${head}Upgrade: websocket\r\n`)
    gone.socket.resetAndDestroy()
    await until(() => bridge.backend.inFlight === 0)
    expect(await (await fetch(`${bridge.url}/x`)).text()).toBe('fine')
  })
})
