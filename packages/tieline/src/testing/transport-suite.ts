// What every transport must do that listens and connects. Imports vitest.
import { existsSync, readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Channel } from '../channel/channel.js'
import type { Listener, ListenOptions, Transport } from '../transport/transport.js'
import { Recorder, settle } from './recorder.js'

/** Two transports for `transportSuite`. */
export interface TransportSetup {
  /** Two transports at one endpoint, where nobody listens yet. May be the same object. */
  readonly server: Transport
  readonly client: Transport
  readonly cleanup?: () => void | Promise<void>
}

const DESCRIPTORS = '/proc/self/fd'

/** Runs the suite. `makeSetup` is called for each test, with an endpoint of its own each time. */
export function transportSuite(
  name: string,
  makeSetup: () => TransportSetup | Promise<TransportSetup>,
): void {
  describe(`${name} is a transport that`, () => {
    const setups: TransportSetup[] = []
    const listeners: Listener[] = []
    const channels: Channel[] = []

    async function setup() {
      const made = await makeSetup()
      setups.push(made)
      const { server, client } = made
      return {
        server,
        client,
        async listen(options: ListenOptions) {
          const listener = await server.listen(options)
          listeners.push(listener)
          return listener
        },
        async connect() {
          const channel = await client.connect()
          channels.push(channel)
          return channel
        },
      }
    }

    /** Sends back what comes, and closes when the other side does. */
    const echo = (channel: Channel) => {
      channels.push(channel)
      channel.open({
        message: (chunk) => channel.send(new Uint8Array(chunk)),
        drained: () => {},
        closed: () => {},
      })
    }

    afterEach(async () => {
      for (const channel of channels.splice(0)) channel.abort(new Error('the test is over'))
      for (const listener of listeners.splice(0)) await listener.close()
      for (const { cleanup } of setups.splice(0)) await cleanup?.()
    })

    it('connects a client with a server', async () => {
      const { listen, connect, server } = await setup()
      const listener = await listen({ accept: echo })
      expect(listener.endpoint).toBe(server.endpoint)
      const channel = await connect()
      expect(channel.remote.endpoint).toBe(server.endpoint)
      const recorder = new Recorder()
      channel.open(recorder)
      channel.send(Buffer.from('hello'))
      await recorder.until(({ bytes }) => bytes === 5)
      expect(Buffer.from(recorder.whole).toString()).toBe('hello')
      await channel.close()
    })

    it('refuses when nobody listens, naming the endpoint', async () => {
      const { client } = await setup()
      await expect(client.connect()).rejects.toMatchObject({
        code: 'connection-refused',
        endpoint: client.endpoint,
        message: expect.stringContaining(client.endpoint),
      })
    })

    it('refuses a second listener, and leaves the first alone', async () => {
      const { listen, server, connect } = await setup()
      await listen({ accept: echo })
      await expect(server.listen({ accept: echo })).rejects.toMatchObject({
        code: 'endpoint-in-use',
        endpoint: server.endpoint,
        message: expect.stringContaining(server.endpoint),
      })
      const recorder = new Recorder()
      const channel = await connect()
      channel.open(recorder)
      channel.send(Buffer.from('x'))
      await recorder.until(({ bytes }) => bytes === 1)
    })

    it('refuses after the listener closed, keeps open channels, and listens again', async () => {
      const { listen, connect, client } = await setup()
      const listener = await listen({ accept: echo })
      const channel = await connect()
      const recorder = new Recorder()
      channel.open(recorder)
      channel.send(Buffer.from('a'))
      await recorder.until(({ bytes }) => bytes === 1)
      await listener.close()
      await listener.close()
      // Windows waits for a pipe as long as any connection to it is open: until the deadline.
      const waits = process.platform === 'win32' && client.endpoint.startsWith('pipe:')
      const code = waits ? 'deadline-exceeded' : 'connection-refused'
      await expect(client.connect({ withinMs: 5000 })).rejects.toMatchObject({ code })
      channel.send(Buffer.from('b'))
      await recorder.until(({ bytes }) => bytes === 2)
      await listen({ accept: echo })
      await connect()
    })

    it('gives up when the signal has fired', async () => {
      const { listen, client } = await setup()
      await listen({ accept: echo })
      const attempt = client.connect({ signal: AbortSignal.abort() })
      await expect(attempt).rejects.toMatchObject({ code: 'cancelled' })
    })

    it('carries many connections at once', async () => {
      const { listen, connect } = await setup()
      await listen({ accept: echo })
      const all = await Promise.all(Array.from({ length: 200 }, connect))
      await Promise.all(
        all.map(async (channel, i) => {
          const recorder = new Recorder()
          channel.open(recorder)
          const text = `number ${i}`
          channel.send(Buffer.from(text))
          await recorder.until(({ bytes }) => bytes === text.length)
          expect(Buffer.from(recorder.whole).toString()).toBe(text)
        }),
      )
    })

    it('turns away a connection over the limit, and tells of it', async () => {
      const { listen, connect } = await setup()
      const failures: Error[] = []
      await listen({ accept: echo, limits: { connections: 2 }, failed: (e) => failures.push(e) })
      const [first] = [await connect(), await connect()]
      const recorder = new Recorder()
      const third = await connect()
      third.open(recorder)
      await recorder.until(({ ends }) => ends.length === 1)
      expect(recorder.ends[0]?.by).toBe('remote')
      expect(failures).toMatchObject([{ code: 'resource-exhausted' }])
      expect(failures[0]?.message).toMatch(/connections.* 2/)
      first?.open(new Recorder())
      await first?.close()
      await settle()
      const fourth = await connect()
      const atFourth = new Recorder()
      fourth.open(atFourth)
      fourth.send(Buffer.from('x'))
      await atFourth.until(({ bytes }) => bytes === 1)
    })

    it('leaves nothing open after 100 connections', async ({ skip }) => {
      if (!existsSync(DESCRIPTORS)) skip('descriptors are counted on Linux only')
      const { listen, connect } = await setup()
      const listener = await listen({ accept: echo })
      const cycle = async (abort: boolean) => {
        const channel = await connect()
        channel.open(new Recorder())
        channel.send(Buffer.from('x'))
        if (abort) channel.abort(new Error('enough'))
        await channel.close()
      }
      await cycle(false)
      await settle()
      const before = readdirSync(DESCRIPTORS).length
      for (let i = 0; i < 100; i++) await cycle(i % 2 === 0)
      for (let i = 0; i < 50 && readdirSync(DESCRIPTORS).length > before; i++) await settle()
      expect(readdirSync(DESCRIPTORS).length).toBeLessThanOrEqual(before)
      await listener.close()
    })
  })
}
