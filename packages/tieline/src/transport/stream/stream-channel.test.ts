import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { channelSuite } from '../../testing/channel-suite.js'
import { Recorder, settle } from '../../testing/recorder.js'
import { StreamChannel } from './stream-channel.js'

const open: Socket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

async function sockets(): Promise<[Socket, Socket]> {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  listener.listen(join(directory, 's'))
  await once(listener, 'listening')
  const left = connect({ path: join(directory, 's'), allowHalfOpen: true }).pause()
  const [[right]] = (await Promise.all([once(listener, 'connection'), once(left, 'connect')])) as [
    [Socket],
    unknown,
  ]
  listener.close()
  rmSync(directory, { recursive: true, force: true })
  open.push(left, right)
  return [left, right]
}

function channelOf(socket: Socket, highWater?: number): StreamChannel {
  return new StreamChannel(
    socket,
    socket,
    { endpoint: 'unix:/test' },
    {
      linger: true,
      highWater,
      hold: (alive) => (alive ? socket.ref() : socket.unref()),
      release(why, done) {
        if (socket.closed) setImmediate(() => done(why))
        else socket.once('close', () => done(why)).destroy()
      },
    },
  )
}

channelSuite('a socket read by data events', async () => {
  const [left, right] = await sockets()
  return { left: channelOf(left), right: channelOf(right) }
})

describe('a stream channel', () => {
  it('has nothing buffered after a send that the system took whole', async () => {
    const [left] = await sockets()
    const channel = channelOf(left)
    channel.open(new Recorder())
    expect(channel.send(new Uint8Array(1000))).toBe(true)
    expect(channel.buffered).toBe(0)
    expect(channel.send([new Uint8Array(1000), new Uint8Array(50_000)])).toBe(true)
    expect(channel.buffered).toBe(0)
  })

  it('asks to wait by its own high-water mark, not by that of Node', async () => {
    const [left, right] = await sockets()
    const channel = channelOf(left, 1)
    const recorder = new Recorder()
    channel.open(recorder)
    while (channel.send(new Uint8Array(10_000)));
    expect(channel.buffered).toBeGreaterThan(0)
    right.resume()
    await recorder.until(({ drains }) => drains === 1)
    expect(channel.buffered).toBe(0)
  })

  it('takes the end of the other side as its close, after what came before it', async () => {
    const [left, right] = await sockets()
    const channel = channelOf(left)
    const recorder = new Recorder()
    channel.open(recorder)
    right.end('the last words')
    await recorder.until(({ ends }) => ends.length === 1)
    expect(Buffer.from(recorder.whole).toString()).toBe('the last words')
    expect(recorder.ends).toEqual([{ by: 'remote' }])
  })

  it('flushes to a program that has ended its own side only', async () => {
    const [left, right] = await sockets()
    const channel = channelOf(left)
    channel.open(new Recorder())
    let sent = 0
    while (channel.send(new Uint8Array(100_000))) sent += 100_000
    sent += 100_000
    const closed = channel.close()
    right.end()
    await settle()
    let received = 0
    right.on('data', (chunk) => {
      received += chunk.length
    })
    right.resume()
    const ended = once(right, 'end')
    await closed
    await ended
    expect(received).toBe(sent)
  })

  it('reports a broken connection once, as connection-lost that names the endpoint', async () => {
    const [left, right] = await sockets()
    const channel = channelOf(left)
    const recorder = new Recorder()
    channel.open(recorder)
    channel.send(new Uint8Array(10))
    await settle()
    // Destroyed with bytes unread: the kernel resets the connection.
    right.destroy()
    await recorder.until(({ ends }) => ends.length === 1)
    await settle()
    expect(recorder.ends).toHaveLength(1)
    expect(recorder.ends[0]).toMatchObject({
      by: 'remote',
      error: { code: 'connection-lost', endpoint: 'unix:/test' },
    })
  })

  it('stays quiet about writes that fail after it was broken off', async () => {
    const [left, right] = await sockets()
    const channel = channelOf(left)
    const recorder = new Recorder()
    channel.open(recorder)
    right.destroy()
    channel.send(new Uint8Array(1_000_000))
    channel.abort(new Error('enough'))
    await recorder.until(({ ends }) => ends.length === 1)
    await settle()
    expect(recorder.ends).toEqual([{ by: 'local', error: new Error('enough') }])
  })
})
