// Servers that an agent has dialled, by an agent of either kind.
import { websocket } from 'tieline/transport'
import { describe, expect, it } from 'vitest'
import { agentKinds, bytesOf, Hosted, Told, textOf } from './testing/hosted.js'

const soon = { timeout: 15_000 }

/** A server as somebody else would write it: without a token and without our subprotocol. */
async function foreign(told: { texts: string[]; protocols?: string[] }, port = 0) {
  const at = websocket(`ws://127.0.0.1:${port}/`, { token: false, withoutOrigin: true })
  const channels = new Set<{ abort(reason: Error): void }>()
  const listener = await at.listen({
    accept(channel) {
      channels.add(channel)
      channel.open({
        message(chunk) {
          told.texts.push(textOf(chunk) ?? '')
          channel.send(bytesOf('welcome'))
        },
        drained() {},
        closed: () => channels.delete(channel),
      })
    },
  })
  return { ...listener, channels, port: Number(new URL(listener.endpoint).port) }
}

describe.each(agentKinds)('an agent %s', (kind) => {
  it('has a server dialled, and talks with it on a channel', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const heard = { texts: [] as string[] }
    const server = await foreign(heard)
    const told = new Told('dialler')
    const dial = await agent.connect(server.endpoint, told)
    expect(dial.url).toBe(server.endpoint)
    expect(told.channel).toBe(dial.channel)
    expect([dial.channel?.port, dial.channel?.userId]).toEqual([0, 'dialler'])
    dial.channel?.send(bytesOf('hello'))
    await expect.poll(() => told.messages.map(textOf), soon).toEqual(['welcome'])
    expect(heard.texts).toEqual(['hello'])
    await dial.close()
    expect(told.ends).toEqual([{ by: 'local' }])
    expect(dial.channel).toBeUndefined()
    await expect.poll(() => server.channels.size, soon).toBe(0)
    await dial.close()
    await server.close()
  })

  it('shows the token it was given, and never the host’s', async () => {
    await using theirs = new Hosted({ token: 'theirs' })
    const echo = await theirs.host.agent().listen(0, { message: (one, bytes) => one.send(bytes) })
    await using hosted = new Hosted({ token: 'ours' })
    const agent = await hosted.agent(kind)
    for (const options of [{}, { token: 'ours' }, { token: 'wrong', reconnect: true }]) {
      await expect(agent.connect(echo.endpoint, options)).rejects.toMatchObject({
        code: 'permission-denied',
      })
    }
    const told = new Told()
    const dial = await agent.connect(echo.endpoint, {
      token: 'theirs',
      message: (channel, bytes) => told.message(channel, bytes),
    })
    dial.channel?.send(bytesOf('x'))
    await expect.poll(() => told.messages.map(textOf), soon).toEqual(['x'])
  })

  it('is told why a server cannot be dialled', async () => {
    await using hosted = new Hosted({ mayConnect: (url) => !url.includes('forbidden') })
    const agent = await hosted.agent(kind)
    const refusals = [
      ['ws://127.0.0.1:1/', 'connection-refused'],
      ['http://127.0.0.1/', 'invalid-endpoint'],
      ['nonsense', 'invalid-endpoint'],
      ['ws://forbidden.test/', 'permission-denied'],
    ]
    for (const [url, code] of refusals) {
      await expect(agent.connect(url as string)).rejects.toMatchObject({ code })
    }
    await expect(agent.connect('ws://forbidden.test/', { reconnect: true })).rejects.toMatchObject({
      code: 'permission-denied',
    })
  })

  it('is connected again when it asked for that, each time on a channel of its own', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const heard = { texts: [] as string[] }
    const first = await foreign(heard)
    const told = new Told()
    const dial = await agent.connect(first.endpoint, {
      reconnect: true,
      opened(channel) {
        told.opened(channel)
        channel.send(bytesOf(`connection ${told.channels.length}`))
      },
      closed: (channel, why) => told.closed(channel, why),
    })
    await expect.poll(() => heard.texts, soon).toEqual(['connection 1'])
    await first.close()
    for (const channel of first.channels) channel.abort(new Error('the server is going down'))
    await expect.poll(() => told.ends.length, soon).toBe(1)
    const second = await foreign(heard, first.port)
    await expect.poll(() => heard.texts, soon).toEqual(['connection 1', 'connection 2'])
    const [one, two] = told.channels
    expect(one?.number).not.toBe(two?.number)
    expect(dial.channel).toBe(two)
    await dial.close()
    await expect.poll(() => second.channels.size, soon).toBe(0)
    await second.close()
    expect(told.ends.length).toBe(2)
  })

  it('waits for a server that is not there yet, until it gives up', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const stop = new AbortController()
    const dialling = agent.connect('ws://127.0.0.1:1/', { reconnect: true, signal: stop.signal })
    await new Promise((resolve) => setTimeout(resolve, 100))
    stop.abort(new Error('enough'))
    await expect(dialling).rejects.toThrow('enough')
    expect(hosted.host.status.channels).toBe(0)
  })
})
