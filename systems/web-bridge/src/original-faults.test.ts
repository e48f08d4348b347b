// The faults of the program that the web bridge replaces, each as what holds here instead.
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bridgeWith, joinHandlers, RawClient, testBridge, until } from './bridge.test.helper.js'
import { reply } from './handlers/reply.js'
import { connectRpc } from './rpc/client.js'

describe('what the original gets wrong', () => {
  test('no new connection per request: one for all, both ways', async () => {
    let opened = 0
    const bridge = await bridgeWith(
      { 'GET /': (_request, { rpc }) => rpc.call('one') },
      { rpc: [{ one: () => 'one' }], observe: { opened: () => opened++ } },
    )
    await Promise.all(Array.from({ length: 100 }, () => fetch(bridge.url).then((r) => r.text())))
    expect(opened).toBe(1)
  })

  test('a browser that goes away cancels its handler', async () => {
    let aborted = 0
    const bridge = await bridgeWith({
      'GET /head': (_request, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted++
            reject(new Error('gone'))
          })
        }),
      'GET /body': async function* (_request, { signal }) {
        signal.addEventListener('abort', () => aborted++)
        yield 'begun'
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    for (const path of ['/head', '/body']) {
      const client = new RawClient(bridge)
      client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await until(() => bridge.backend.inFlight === 1)
      if (path === '/body') await until(() => client.received.includes('begun'))
      client.socket.destroy()
      await until(() => bridge.backend.inFlight === 0)
    }
    await until(() => aborted === 2)
  })

  test('statuses and bodies of errors are kept', async () => {
    const bridge = await bridgeWith({
      'GET /:status': ({ params }) =>
        reply({ why: params['status'] }, { status: Number(params['status']) }),
    })
    for (const status of [400, 401, 404, 409, 422, 500, 503, 599]) {
      const response = await fetch(`${bridge.url}/${status}`)
      expect([response.status, await response.json()]).toEqual([status, { why: String(status) }])
    }
  })

  test('streams are not buffered: a reader that stops makes the handler wait', async () => {
    let made = 0
    const bridge = await bridgeWith({
      'GET /': async function* () {
        for (;;) {
          made++
          yield new Uint8Array(64 * 1024)
        }
      },
    })
    const client = new RawClient(bridge)
    client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => client.received.length > 0)
    client.socket.pause()
    let last = -1
    await until(async () => {
      const still = made === last
      last = made
      await new Promise((resolve) => setTimeout(resolve, 200))
      return still
    })
    // 64 KiB each: the system's buffers and one window, and not all that could be made.
    expect(made).toBeLessThan(400)
    client.socket.destroy()
    await until(() => bridge.backend.inFlight === 0)
  })

  test('a clean close leaves no call pending until its timeout', async () => {
    const bridge = await testBridge({ rpc: [{ wait: () => new Promise(() => {}) }], drain: 50 })
    const rpc = await connectRpc({ at: bridge.endpoint })
    const pending = expect(rpc.call('wait')).rejects.toMatchObject({ code: 'connection-lost' })
    const link = await joinHandlers(bridge, { 'GET /': () => new Promise(() => {}) })
    const request = fetch(bridge.url).catch(() => 'refused')
    await until(() => bridge.backend.inFlight === 1)
    await bridge.close()
    await pending
    await request
    await link.ended
    await rpc.close()
  })

  test('the socket is nobody else’s, and gone afterwards', async () => {
    const bridge = await testBridge()
    const path = bridge.endpoint.replace(/^unix:/, '')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o077).toBe(0)
    await bridge.close()
    expect(existsSync(path)).toBe(false)
  })

  test('a large body is not put together chunk by chunk', async () => {
    const bridge = await bridgeWith(
      {
        'POST /': async ({ body }) => {
          let largest = 0
          for await (const chunk of body) largest = Math.max(largest, chunk.byteLength)
          return { largest }
        },
      },
      { maxBodyBytes: 64 * 1024 * 1024 },
    )
    const body = new Uint8Array(32 * 1024 * 1024)
    const response = await fetch(bridge.url, { method: 'POST', body })
    const { largest } = (await response.json()) as { largest: number }
    expect(largest).toBeLessThanOrEqual(1024 * 1024)
  })

  test('a handler that fails is not the only thing that a 500 can mean', async () => {
    const bridge = await testBridge({ timeout: 50 })
    const link = await joinHandlers(bridge, { 'GET /': () => new Promise(() => {}) })
    expect((await fetch(`${bridge.url}/nowhere`)).status).toBe(404)
    expect((await fetch(bridge.url)).status).toBe(504)
    await link.close()
    await until(() => bridge.health().ready === 0)
    expect((await fetch(bridge.url)).status).toBe(503)
  })
})
