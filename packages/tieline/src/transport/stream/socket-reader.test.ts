import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Recorder } from '../../testing/recorder.js'
import {
  attachReader,
  descriptorOf,
  hasReader,
  LANDING,
  type Landing,
  salvage,
} from './socket-reader.js'
import { StreamChannel } from './stream-channel.js'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A plain client, and the server's side of it. */
async function sockets(): Promise<{ client: Socket; server: Socket }> {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  listener.listen(join(directory, 's'))
  await once(listener, 'listening')
  const client = connect({ path: join(directory, 's'), allowHalfOpen: true })
  const [server] = (await once(listener, 'connection')) as [Socket]
  cleanups.push(() => {
    client.destroy()
    server.destroy()
    listener.close()
    rmSync(directory, { recursive: true })
  })
  return { client, server }
}

async function readOnce(
  server: Socket,
  client: Socket,
  text: string,
  room: () => Uint8Array | undefined = () => undefined,
) {
  const chunk = new Promise<Uint8Array>((resolve) => {
    ;(server as { [LANDING]?: Landing })[LANDING] = { take: resolve, room }
  })
  server.resume()
  client.write(text)
  return chunk
}

describe('a socket reader', () => {
  it('reads accepted sockets of this version of Node into one buffer that all share', async () => {
    const buffers = new Set<ArrayBufferLike>()
    for (const text of ['one', 'two']) {
      const { client, server } = await sockets()
      expect(attachReader(server)).toBe(true)
      const chunk = await readOnce(server, client, text)
      expect(Buffer.from(chunk).toString()).toBe(text)
      buffers.add(chunk.buffer)
    }
    expect(buffers.size).toBe(1)
  })

  it('reads into the memory that is given, unless there is none', async () => {
    const { client, server } = await sockets()
    attachReader(server)
    const memory = new Uint8Array(3)
    const rooms = [new Uint8Array(0), memory]
    const room = () => rooms.shift()
    // The first read was prepared before there was a `room`; the next goes into it.
    await readOnce(server, client, 'a', room)
    await readOnce(server, client, 'b', room)
    expect((await readOnce(server, client, 'cd', room)).buffer).toBe(memory.buffer)
    expect(Buffer.from(memory).toString()).toBe('cd\0')
  })

  it('leaves a socket alone that is not as Node makes them', async () => {
    const { server } = await sockets()
    const field = (name: string) =>
      Object.getOwnPropertySymbols(server).find(({ description }) => description === name) as symbol
    const inner = server as unknown as Record<symbol | string, unknown>
    for (const name of ['kBuffer', 'kBufferCb', 'kBufferGen']) {
      const symbol = field(name)
      inner[symbol] = undefined
      expect(attachReader(server)).toBe(false)
      inner[symbol] = 'in use'
      expect(attachReader(server)).toBe(false)
      inner[symbol] = null
    }
    expect(attachReader({ _handle: null } as unknown as Socket)).toBe(false)
    const handle = inner._handle as { useUserBuffer: unknown }
    handle.useUserBuffer = () => {
      throw new Error('not this one')
    }
    expect(attachReader(server)).toBe(false)
    handle.useUserBuffer = undefined
    expect(attachReader(server)).toBe(false)
    expect(inner[field('kBuffer')]).toBe(null)
    expect(hasReader(server)).toBe(false)
  })
})

describe('salvage', () => {
  it('delivers what the other side said before it went away, although a write failed', async () => {
    const { client, server } = await sockets()
    expect(attachReader(server)).toBe(true)
    const channel = new StreamChannel(
      server,
      server,
      { endpoint: 'unix:/test' },
      {
        linger: true,
        hold: () => {},
        salvage: (take) => salvage(server, take),
        release: (why, done) => server.once('close', () => done(why)).destroy(),
      },
    )
    const recorder = new Recorder()
    channel.open(recorder)
    client.write('goodbye, because', () => client.destroy())
    // This loop turn is not over until the client is gone and its last words wait for us.
    await new Promise<void>((resolve) => client.once('close', () => resolve()))
    channel.send(Buffer.from('too late'))
    await recorder.until(({ ends }) => ends.length === 1)
    expect(Buffer.from(recorder.whole).toString()).toBe('goodbye, because')
    expect(recorder.late).toBe(0)
  })

  it('reads what waits in a socket, and ends', async () => {
    const { client, server } = await sockets()
    client.write('x'.repeat(100_000))
    await new Promise((resolve) => setTimeout(resolve, 10))
    let bytes = 0
    salvage(server, (chunk) => {
      bytes += chunk.length
    })
    expect(bytes).toBe(100_000)
    server.destroy()
    salvage(server, () => expect.unreachable())
    expect(descriptorOf(server)).toBe(undefined)
  })
})
