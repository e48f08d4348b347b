// An agent in Python, of generated code and a socket alone: another language can be one. It is the
// original's example agent, and behaves as ours does.
import { join } from 'node:path'
import { ChannelHost } from '@tieline/channel-host'
import { websocket } from 'tieline/transport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { Command } from '../support/command.js'
import { python } from '../support/peer.js'

const python3 = python('flatbuffers')
const soon = { timeout: 15_000 }
const script = join(import.meta.dirname, 'channel-host-python/example_agent.py')

let path: string
let host: ChannelHost
const failures: Error[] = []
beforeEach(async () => {
  path = join(ownFolder(), 'agents.sock')
  failures.length = 0
  host = new ChannelHost({ token: 'secret', failed: (error) => failures.push(error) })
  await host.serveAgents({ at: `unix:${path}` })
})
afterEach(() => host.close())

const start = (port: number) =>
  new Command(python3.path, [script, path, `${port}`], { env: { PYTHONDONTWRITEBYTECODE: '1' } })

async function client(port: number) {
  const channel = await websocket(`ws://127.0.0.1:${port}/`, { token: 'secret' }).connect()
  const messages: Uint8Array[] = []
  const ends: string[] = []
  channel.open({
    message: (chunk) => messages.push(new Uint8Array(chunk)),
    drained() {},
    closed: ({ by, error }) => ends.push(error?.message ?? by),
  })
  return { channel, messages, ends }
}

describe.skipIf(!python3.available)('an agent in Python', () => {
  it('listens, answers its clients, and is told of each once', async () => {
    const agent = start(0)
    const port = Number((await agent.said(/^listening (\d+)/m))[1])
    const [one, two] = [await client(port), await client(port)]
    await agent.said('opened 2')
    const opened = agent.out.match(/^opened.*$/gm)
    expect(opened).toEqual(['opened 1 True example', 'opened 2 True example'])
    const large = new Uint8Array(100_000).fill(9)
    large[0] = 1
    one.channel.send(Uint8Array.of(0, 1))
    one.channel.send(large)
    two.channel.send(Uint8Array.of(2))
    await expect.poll(() => [one.messages.length, two.messages.length], soon).toEqual([1, 1])
    expect(one.messages[0]).toEqual(large)
    const size = Buffer.from(two.messages[0] as Uint8Array)
    expect([size.length, size.readFloatLE(1), size.readFloatLE(5)]).toEqual([9, 800, 600.5])
    two.channel.send(Uint8Array.of(4))
    await agent.said(/^failure unknown-channel$/m)
    two.channel.send(Uint8Array.of(3))
    await agent.said(/^closed 2 True $/m)
    await expect.poll(() => two.ends, soon).toEqual(['remote'])
    one.channel.abort(new Error('gone'))
    await agent.said(/^closed 1 False connection-lost$/m)
    const three = await client(port)
    three.channel.send(Uint8Array.of(255))
    await expect.poll(() => host.status.ports, soon).toEqual([])
    three.channel.send(Uint8Array.of(1, 2))
    await expect.poll(() => three.messages, soon).toEqual([Uint8Array.of(1, 2)])
    await agent.end('SIGKILL')
    await expect.poll(() => three.ends, soon).toEqual(['remote'])
    await expect.poll(() => host.status, soon).toEqual({ ports: [], channels: 0, agents: 0 })
  })

  it('is told why it cannot have a port', async () => {
    const { port } = await host.agent().listen(0, { userId: 'first' })
    const agent = start(port)
    const reason = `port ${port} is listened on already, by agent 'first'`
    await agent.said(`refused 2 ${reason}\n`)
  })

  it('is told that its host is gone', async () => {
    const agent = start(0)
    await agent.said('listening')
    await host.close()
    await agent.said(/^gone$/m)
  })
})
