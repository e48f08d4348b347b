import { websocket } from 'tieline/transport'
import { describe, expect, it } from 'vitest'
import { certificate, key } from '../../../../test/support/certificate.js'
import { ChannelHost } from '../index.js'
import { agentKinds, bytesOf, Hosted, Told, textOf } from '../testing/hosted.js'

const soon = { timeout: 15_000 }

describe('a host', () => {
  it('opens its ports over TLS when it has a certificate', async () => {
    await using hosted = new Hosted({ tls: { key, cert: certificate } })
    for (const kind of agentKinds) {
      const told = new Told()
      const port = await (await hosted.agent(kind)).listen(0, told)
      expect(port.endpoint).toBe(`wss://127.0.0.1:${port.port}/`)
      const token = hosted.host.token ?? false
      const at = websocket(port.endpoint, { token, tls: { ca: certificate } })
      const channel = await at.connect()
      channel.open({ message() {}, drained() {}, closed() {} })
      channel.send(bytesOf('secret'))
      await expect.poll(() => told.messages.map(textOf), soon).toEqual(['secret'])
      const plain = port.endpoint.replace('wss', 'ws')
      await expect(hosted.client(plain)).rejects.toMatchObject({ code: 'connection-refused' })
    }
  })

  it('has nothing left of a thousand clients that came and went', async () => {
    await using hosted = new Hosted()
    for (const kind of agentKinds) {
      const told = new Told()
      const port = await (await hosted.agent(kind)).listen(0, told)
      for (let round = 0; round < 10; round++) {
        const clients = await Promise.all(
          Array.from({ length: 50 }, () => hosted.client(port.endpoint)),
        )
        for (const { channel } of clients) {
          channel.send(bytesOf('x'))
          if (round % 2 === 0) void channel.close()
          else channel.abort(new Error('gone'))
        }
        await expect.poll(() => told.ends.length, soon).toBe(50 * (round + 1))
      }
      expect(told.channels.length).toBe(500)
      expect(new Set(told.channels.map(({ number }) => number)).size).toBe(500)
      expect(hosted.host.status.channels).toBe(0)
    }
  })

  it('refuses what cannot be before any agent comes', async () => {
    await using hosted = new Hosted({ origins: ['https://*.example'] })
    await expect(hosted.agent('in another process')).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    expect(() => new ChannelHost({ token: '' })).toThrow(/empty/)
    expect(() => new ChannelHost({ address: 'a b' })).toThrow(
      expect.objectContaining({ code: 'invalid-endpoint' }),
    )
    for (const tls of [
      { key, cert: 'no certificate' },
      { key: 'no key', cert: certificate },
    ]) {
      expect(() => new ChannelHost({ tls })).toThrow(
        expect.objectContaining({
          code: 'invalid-argument',
          message: expect.stringMatching(/^the option tls cannot be used: .* PEM/),
        }),
      )
    }
    expect(() => new ChannelHost({ limits: { frameBytes: 0 } })).toThrow(/limit frameBytes/)
    const messages = websocket('ws://127.0.0.1:0/')
    await using other = new ChannelHost()
    await expect(other.serveAgents({ at: messages })).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('that is closed lets nobody in any more', async () => {
    const hosted = new Hosted()
    await hosted.agent('in another process')
    const { host, at } = hosted
    await Promise.all([host.close(), host.close()])
    expect(() => host.agent()).toThrow(expect.objectContaining({ code: 'unavailable' }))
    await expect(host.serveAgents({ at })).rejects.toMatchObject({ code: 'unavailable' })
    expect(host.status).toEqual({ ports: [], channels: 0, agents: 0 })
    await hosted[Symbol.asyncDispose]()
  })
})
