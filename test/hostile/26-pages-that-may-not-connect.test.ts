// Row 26: what a page of another site, or a program without the token, gets: 403 or 401 before the
// upgrade, and the server's log says why without showing a token.
import { type Listener, websocket } from 'tieline/transport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handshake, type RawHeaders, RawSocket } from './raw-websocket.js'

const TOKEN = 'correct horse battery staple'
const SHOWN = `tieline.token.${Buffer.from(TOKEN).toString('base64url')}`
const ORIGIN = 'http://127.0.0.1:5173'
const PATH = '/app'

const failures: Error[] = []
const listeners: Listener[] = []
let accepted = 0

async function listen(options: Parameters<typeof websocket>[1]): Promise<number> {
  const listener = await websocket(`ws://127.0.0.1:0${PATH}`, options).listen({
    accept: (channel) => {
      accepted += 1
      channel.abort(new Error('enough'))
    },
    failed: (error) => failures.push(error),
  })
  listeners.push(listener)
  return Number(new URL(listener.endpoint).port)
}

async function status(port: number, headers: RawHeaders, path = PATH): Promise<number> {
  const raw = new RawSocket(port)
  raw.write(handshake(port, path, headers))
  const answer = await raw.answer()
  raw.reset()
  // What is sent back never has the token in it.
  expect(answer.head).not.toContain('tieline.token')
  return answer.status
}

let guarded: number
let open: number
beforeAll(async () => {
  guarded = await listen({ token: TOKEN, origins: [ORIGIN], hosts: ['app.example:9001'] })
  open = await listen({ token: false, origins: [ORIGIN] })
})
afterAll(async () => {
  for (const listener of listeners) await listener.close()
  expect(failures.length).toBeGreaterThan(0)
  for (const { message } of failures) {
    expect(message).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/app refused a connection: /)
    expect(message).not.toMatch(/correct|tieline\.token|\n/)
  }
})

const withToken = { 'Sec-WebSocket-Protocol': `tieline, ${SHOWN}` }
const asPage = { ...withToken, Origin: ORIGIN }

describe('a page', () => {
  it('of an allowed origin with the token is let in', async () => {
    const before = accepted
    expect(await status(guarded, asPage)).toBe(101)
    expect(accepted).toBe(before + 1)
  })

  const foreign = [
    'null',
    '',
    'https://evil.test',
    'http://localhost.evil.test',
    'http://localhost.evil.test:5173',
    'http://127.0.0.1.evil.test',
    'http://127.0.0.1.evil.test:5173',
    'http://127.0.0.1:51730',
    'http://127.0.0.1',
    'https://127.0.0.1:5173',
    'http://localhost:5173',
    'http://127.0.0.1:5173/',
    'http://127.0.0.1:5173, https://evil.test',
    'http://evil.test/http://127.0.0.1:5173',
    'http://127.0.0.1:5173@evil.test',
    'HTTP://127.0.0.1:5173',
    '*',
    'file://',
  ]
  for (const origin of foreign) {
    it(`of origin ${JSON.stringify(origin)} is refused, with and without the right token`, async () => {
      const before = accepted
      expect(await status(guarded, { ...asPage, Origin: origin })).toBe(403)
      expect(await status(open, { Origin: origin })).toBe(403)
      expect(accepted).toBe(before)
    })
  }

  it('that names two origins is refused', async () => {
    expect(await status(guarded, { ...asPage, Origin: [ORIGIN, 'https://evil.test'] })).toBe(403)
    expect(await status(guarded, { ...asPage, Origin: [ORIGIN, ORIGIN] })).toBe(403)
  })

  const rebound = (port: number): RawHeaders['Host'][] => [
    `evil.test:${port}`,
    'evil.test',
    `localhost.evil.test:${port}`,
    `127.0.0.1.evil.test:${port}`,
    `127.0.0.1:${port}.evil.test`,
    `0.0.0.0:${port}`,
    `127.0.0.2:${port}`,
    `localhost.:${port}`,
    `2130706433:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port + 1}`,
    'app.example',
    '',
    [`127.0.0.1:${port}`, `evil.test:${port}`],
  ]
  it('that reaches the server under a rebound name is refused', async () => {
    for (const Host of rebound(guarded)) {
      expect([Host, await status(guarded, { ...asPage, Host })]).toEqual([Host, 403])
    }
  })

  it('without any Host is refused', async () => {
    expect(await status(guarded, { ...asPage, Host: undefined })).toBe(403)
  })

  it('may name the server in each way that is its own, and as the server was told', async () => {
    const names = [`127.0.0.1:${guarded}`, `localhost:${guarded}`, `[::1]:${guarded}`]
    for (const Host of [...names, `LOCALHOST:${guarded}`, 'app.example:9001']) {
      expect(await status(guarded, { ...asPage, Host })).toBe(101)
    }
  })
})

describe('a program that is no browser', () => {
  it('sends no Origin, and is let in with the token', async () => {
    expect(await status(guarded, withToken)).toBe(101)
  })

  it('is refused without an Origin where no token is asked for', async () => {
    expect(await status(open, {})).toBe(403)
    expect(await status(open, { Origin: ORIGIN })).toBe(101)
  })

  it('is let in without either only where that was said', async () => {
    const all = await listen({ token: false, withoutOrigin: true })
    expect(await status(all, {})).toBe(101)
    expect(await status(all, { Origin: ORIGIN })).toBe(403)
    const none = await listen({ token: TOKEN, withoutOrigin: false })
    expect(await status(none, withToken)).toBe(403)
  })
})

describe('a token', () => {
  const encoded = (text: string) => `tieline.token.${Buffer.from(text).toString('base64url')}`
  const wrong = [
    encoded('correct horse battery stapl'),
    encoded(`${TOKEN} `),
    encoded(TOKEN.toUpperCase()),
    encoded(''),
    'tieline.token.',
    `${SHOWN}x`,
    SHOWN.slice(0, -1),
    SHOWN.toUpperCase(),
    TOKEN.replaceAll(' ', '-'),
    'tieline',
  ]
  for (const protocol of wrong) {
    it(`that is ${protocol} is refused`, async () => {
      const headers = { ...asPage, 'Sec-WebSocket-Protocol': `tieline, ${protocol}` }
      expect(await status(guarded, headers)).toBe(401)
    })
  }

  it('that is missing is refused', async () => {
    expect(await status(guarded, { Origin: ORIGIN })).toBe(401)
  })

  it('in the URL, a cookie or another header is none', async () => {
    const url = `${PATH}?token=${encodeURIComponent(TOKEN)}`
    expect(await status(guarded, { Origin: ORIGIN }, url)).toBe(401)
    const elsewhere = { Cookie: SHOWN, Authorization: `Bearer ${TOKEN}` }
    expect(await status(guarded, { Origin: ORIGIN, ...elsewhere })).toBe(401)
  })

  it('opens no other path', async () => {
    for (const path of ['/', '/app/', '/app/..', '//app', '/APP', '/app?x', '/%61pp', '*']) {
      expect([path, await status(guarded, asPage, path)]).toEqual([path, 404])
    }
  })

  it('does not turn a plain request into more than 426', async () => {
    const raw = new RawSocket(guarded)
    raw.write(`GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${guarded}\r\nOrigin: ${ORIGIN}\r\n\r\n`)
    const { status: answered, head } = await raw.answer()
    expect(answered).toBe(426)
    expect(head).not.toMatch(/access-control/i)
    raw.reset()
  })
})
