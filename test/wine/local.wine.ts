// The local transport over Windows named pipes: its suites, two peers, and a server that is killed.
import { randomUUID } from 'node:crypto'
import type { Channel } from 'tieline/channel'
import { msgpackRpc, native } from 'tieline/dialect'
import { channelSuite, later, peerSuite, transportSuite } from 'tieline/testing'
import { local } from 'tieline/transport'
import { expect, it } from 'vitest'

const newPipe = () => local(`pipe:tieline-${randomUUID()}`)

async function pair(): Promise<[Channel, Channel, () => Promise<void>]> {
  const transport = newPipe()
  const accepted = later<Channel>()
  const listener = await transport.listen({ accept: accepted.resolve })
  const left = await transport.connect()
  return [left, await accepted.promise, () => listener.close()]
}

channelSuite('a named pipe, from the client', async () => {
  const [left, right, cleanup] = await pair()
  return { left, right, cleanup }
})
channelSuite('a named pipe, from the server', async () => {
  const [right, left, cleanup] = await pair()
  return { left, right, cleanup }
})

transportSuite('a named pipe', () => {
  const transport = newPipe()
  return { server: transport, client: transport }
})

for (const [name, protocol] of Object.entries({ native, 'MessagePack-RPC': msgpackRpc })) {
  peerSuite(`${name} over a named pipe`, {
    protocol,
    pair: async () => {
      const [left, right, close] = await pair()
      await close()
      return [left, right]
    },
  })
}

it('a pipe has the name that other programs know', () => {
  expect(local('pipe:fsct_host_v1').endpoint).toBe('pipe:fsct_host_v1')
})
