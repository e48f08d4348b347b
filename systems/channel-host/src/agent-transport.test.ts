import { join } from 'node:path'
import type { Channel } from 'tieline/channel'
import { type ChannelPair, channelSuite } from 'tieline/testing'
import { websocket } from 'tieline/transport'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownFolder } from '../../../test/support/at-end.js'
import type { Agent } from './agent.js'
import { agentTransport } from './agent-transport.js'
import { ChannelHost } from './host/host.js'
import { connectAgent } from './remote/connect-agent.js'

const host = new ChannelHost({ token: 'secret' })
const near = host.agent()
let directory: string
let far: Agent

beforeAll(async () => {
  directory = ownFolder()
  const at = `unix:${join(directory, 'agents.sock')}`
  await host.serveAgents({ at })
  far = await connectAgent({ at })
})

afterAll(async () => {
  await far.close()
  await host.close()
})

/** A client, and its channel as the agent sees it. */
async function pair(agent: Agent): Promise<ChannelPair> {
  let accept: (channel: Channel) => void = () => {}
  const accepted = new Promise<Channel>((resolve) => {
    accept = resolve
  })
  const listener = await agentTransport(agent, { port: 0, userId: 'test' }).listen({ accept })
  const left = await websocket(listener.endpoint, { token: 'secret' }).connect()
  return { left, right: await accepted, cleanup: () => listener.close() }
}

channelSuite("a channel of a port, in the host's process", () => pair(near))

channelSuite('a channel of a port, in a process of its own', () => pair(far))

it('is no way to connect', async () => {
  const port = agentTransport(near, { port: 0 })
  await expect(port.connect()).rejects.toMatchObject({ code: 'unsupported' })
})

it('is opened once', async () => {
  const { left, right, cleanup } = await pair(near)
  const sink = { message() {}, drained() {}, closed() {} }
  right.open(sink)
  expect(() => right.open(sink)).toThrow(
    expect.objectContaining({
      code: 'invalid-argument',
      message: expect.stringMatching(/^channel \d+ of port \d+ is open already: .*once$/),
    }),
  )
  left.abort(new Error('the test is over'))
  await cleanup?.()
})
