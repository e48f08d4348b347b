// What an agent can rely on, wherever it runs: each test with an agent in the host's process and with
// one behind a socket.
import { describe, expect, it } from 'vitest'
import { agentKinds, bytesOf, Hosted, Told, textOf } from './testing/hosted.js'

const soon = { timeout: 15_000 }

describe.each(agentKinds)('an agent %s', (kind) => {
  it('is told of a client, of its messages both ways, and of its end, once each', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const told = new Told('editor')
    const port = await agent.listen(0, told)
    expect([port.userId, port.port > 0]).toEqual(['editor', true])
    const client = await hosted.client(port.endpoint)
    client.channel.send(bytesOf('hello'))
    await expect.poll(() => told.messages.length, soon).toBe(1)
    // The agent's own memory, and of one type everywhere.
    expect(told.messages[0]?.constructor).toBe(Uint8Array)
    expect(told.messages[0]?.buffer.byteLength).toBe(5)
    const { channel } = told
    expect([channel.port, channel.userId, channel.number > 0]).toEqual([port.port, 'editor', true])
    channel.send(bytesOf('hi'))
    channel.send(new Uint8Array(0))
    await expect.poll(() => client.messages.map(textOf), soon).toEqual(['hi', ''])
    await client.channel.close()
    await expect.poll(() => told.ends, soon).toEqual([{ by: 'remote' }])
    const { number } = channel
    expect(told.events).toEqual([`opened ${number}`, `message ${number} hello`, `closed ${number}`])
    expect(() => channel.send(bytesOf('late'))).toThrow(
      expect.objectContaining({ code: 'connection-lost', sent: 'no' }),
    )
    await channel.close()
    channel.abort(new Error('late'))
    expect(hosted.host.status.channels).toBe(0)
    expect(hosted.failures).toEqual([])
  })

  it('that closes a channel closes its client with 1000, after what was sent', async () => {
    await using hosted = new Hosted()
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    for (let i = 0; i < 100; i++) told.channel.send(new Uint8Array(10_000))
    await told.channel.close()
    expect(told.ends).toEqual([{ by: 'local' }])
    await expect.poll(() => client.ends, soon).toEqual([{ by: 'remote' }])
    expect(client.bytes).toBe(1_000_000)
    await told.channel.close()
    expect(told.ends.length).toBe(1)
  })

  it('that aborts a channel tells its client a code that fits', async () => {
    await using hosted = new Hosted()
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    const reason = new Error('enough')
    told.channel.abort(reason)
    told.channel.abort(new Error('again'))
    await expect.poll(() => told.ends, soon).toEqual([{ by: 'local', error: reason }])
    await expect.poll(() => client.ends.length, soon).toBe(1)
    expect(client.ends[0]?.error?.message).toMatch(/closed it with 1011$/)
  })

  it('is answered once for a port, with the reason, after the bind', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const other = await hosted.agent(kind)
    const { port } = await agent.listen(0, { userId: 'first' })
    for (const one of [agent, other]) {
      await expect(one.listen(port, { userId: 'second' })).rejects.toMatchObject({
        code: 'endpoint-in-use',
        message: expect.stringContaining("by agent 'first'"),
      })
    }
    await using elsewhere = new Hosted()
    await expect((await elsewhere.agent(kind)).listen(port)).rejects.toMatchObject({
      code: 'endpoint-in-use',
    })
    for (const bad of [-1, 65_536, 1.5, Number.NaN]) {
      await expect(agent.listen(bad)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    const userId = 'x'.repeat(2049)
    await expect(agent.listen(0, { userId })).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(agent.connect(userId)).rejects.toMatchObject({ code: 'invalid-argument' })
    // A port that could not be had can be had later.
    const free = await elsewhere.agent(kind)
    await agent.close()
    expect((await free.listen(port)).port).toBe(port)
  })

  it('that ignores a port keeps its channels, and the port is free', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const told = new Told()
    const open = await agent.listen(0, told)
    const client = await hosted.client(open.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    await Promise.all([open.ignore(), open.ignore()])
    await expect(hosted.client(open.endpoint)).rejects.toMatchObject({ code: 'connection-refused' })
    client.channel.send(bytesOf('still here'))
    await expect.poll(() => told.messages.map(textOf), soon).toEqual(['still here'])
    told.channel.send(bytesOf('so am I'))
    await expect.poll(() => client.messages.map(textOf), soon).toEqual(['so am I'])
    const again = await agent.listen(open.port)
    expect(again.port).toBe(open.port)
    // The port of before has nothing to say about it.
    await open.ignore()
    await hosted.client(again.endpoint)
    expect(hosted.host.status.ports.map(({ port }) => port)).toEqual([open.port])
    expect(told.losses).toEqual([])
  })

  it('among others is told of its own clients only', async () => {
    await using hosted = new Hosted()
    const one = await hosted.agent(kind)
    const another = await hosted.agent(kind)
    const all = [new Told('a'), new Told('b'), new Told('c')]
    const ports = [
      await one.listen(0, all[0]),
      await one.listen(0, all[1]),
      await another.listen(0, all[2]),
    ]
    const clients = await Promise.all(ports.map(({ endpoint }) => hosted.client(endpoint)))
    for (const [at, client] of clients.entries()) client.channel.send(bytesOf(`for ${at}`))
    const heard = () => all.map(({ messages }) => messages.map(textOf))
    await expect.poll(heard, soon).toEqual([['for 0'], ['for 1'], ['for 2']])
    const numbers = all.map(({ channel }) => channel.number)
    expect(new Set(numbers).size).toBe(3)
    expect(all.map(({ channel }) => channel.userId)).toEqual(['a', 'b', 'c'])
    // One of them leaves; the others notice nothing.
    await one.close()
    expect(all.map(({ ends }) => ends.length)).toEqual([1, 1, 0])
    all[2]?.channel.send(bytesOf('and you?'))
    await expect.poll(() => clients[2]?.messages.map(textOf), soon).toEqual(['and you?'])
  })

  it('that throws loses the channel it threw for, and nothing else', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const told = new Told()
    const clumsy = await agent.listen(0, {
      message(channel) {
        if (channel.port > 0) throw new Error('a secret of the agent')
      },
      closed: (_, why) => told.ends.push(why),
    })
    const careful = await agent.listen(0, { message: (channel, bytes) => channel.send(bytes) })
    const bystander = await hosted.client(careful.endpoint)
    const client = await hosted.client(clumsy.endpoint)
    client.channel.send(bytesOf('x'))
    await expect.poll(() => client.ends.length, soon).toBe(1)
    expect(client.ends[0]?.error?.message).toMatch(/closed it with 1011$/)
    await expect.poll(() => told.ends.length, soon).toBe(1)
    expect(told.ends[0]).toMatchObject({ by: 'local', error: { code: 'internal' } })
    expect(hosted.failures.map(String)).toEqual([expect.stringContaining('a secret of the agent')])
    bystander.channel.send(bytesOf('echo'))
    await expect.poll(() => bystander.messages.map(textOf), soon).toEqual(['echo'])
  })

  it('cannot send more than the largest message, or more than may wait', async () => {
    const limits = { frameBytes: 100_000, queuedBytes: 500_000 }
    await using hosted = new Hosted({ limits })
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    expect(() => told.channel.send(new Uint8Array(100_001))).toThrow(
      expect.objectContaining({ code: 'too-large', message: expect.stringContaining('100000') }),
    )
    client.channel.pause()
    const flood = () => {
      for (;;) told.channel.send(new Uint8Array(100_000))
    }
    // The kernel's buffers take some of it; the limit is reached whatever they take.
    const flooded = async () => {
      for (;;) {
        flood()
        await new Promise(setImmediate)
      }
    }
    await expect(flooded()).rejects.toMatchObject({ code: 'resource-exhausted' })
    client.channel.resume()
    await expect.poll(() => told.drains, soon).toBeGreaterThan(0)
    told.channel.send(bytesOf('last'))
    await expect.poll(() => textOf(client.messages.at(-1)), soon).toBe('last')
  })

  it('that is closed has closed everything, and can do no more', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const told = new Told()
    const port = await agent.listen(0, told)
    const clients = [await hosted.client(port.endpoint), await hosted.client(port.endpoint)]
    await expect.poll(() => told.channels.length, soon).toBe(2)
    await Promise.all([agent.close(), agent.close()])
    expect(told.ends).toEqual([{ by: 'local' }, { by: 'local' }])
    await expect
      .poll(() => clients.flatMap(({ ends }) => ends), soon)
      .toEqual([{ by: 'remote' }, { by: 'remote' }])
    await expect(agent.listen(0)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(agent.connect(port.endpoint)).rejects.toMatchObject({ code: 'unavailable' })
    await expect.poll(() => hosted.host.status, soon).toMatchObject({ channels: 0, ports: [] })
    expect(told.losses).toEqual([])
  })

  it('is told that its ports are lost when the host closes, and its clients are told 1001', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind, { reconnect: false })
    const told = new Told()
    const port = await agent.listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    // What has reached the host is sent on before it closes.
    if (kind === 'in the process of the host') told.channel.send(new Uint8Array(1_000_000))
    await hosted.host.close()
    await expect.poll(() => client.ends, soon).toEqual([{ by: 'remote' }])
    if (kind === 'in the process of the host') expect(client.bytes).toBe(1_000_000)
    await expect.poll(() => told.ends, soon).toMatchObject([{ error: { code: 'unavailable' } }])
    await expect.poll(() => told.losses.length, soon).toBe(1)
    await expect(agent.listen(0)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('stops and starts the messages of one client', async () => {
    await using hosted = new Hosted()
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const [slow, other] = [await hosted.client(port.endpoint), await hosted.client(port.endpoint)]
    await expect.poll(() => told.channels.length, soon).toBe(2)
    told.channels[0]?.pause()
    // Its pause and this message go the same way, in order.
    told.channels[0]?.send(bytesOf('paused'))
    await expect.poll(() => slow.messages.length, soon).toBe(1)
    let more = true
    for (let i = 0; i < 1000 && more; i++) more = slow.channel.send(new Uint8Array(100_000))
    expect(more).toBe(false)
    other.channel.send(bytesOf('me'))
    await expect.poll(() => told.messages.map((one) => one.length), soon).toEqual([2])
    told.channels[0]?.resume()
    await expect.poll(() => slow.channel.buffered, soon).toBe(0)
    await expect.poll(() => told.messages.length, soon).toBeGreaterThan(1)
  })
})
