// A slow browser slows the agent that feeds it, and nobody else; what waits is bounded on the way.
import { describe, expect, it } from 'vitest'
import type { AgentChannel } from './index.js'
import { agentKinds, bytesOf, Hosted, Told, textOf } from './testing/hosted.js'

const soon = { timeout: 15_000 }
const MiB = 1024 * 1024

/** Offers messages as fast as `send` says, until so much is sent; resolves then. */
function feed(told: Told, channel: AgentChannel, bytes: number, message: Uint8Array) {
  const state = { sent: 0, waits: 0 }
  let go: () => void = () => {}
  told.drained = (one) => {
    if (one === channel) go()
  }
  const done = new Promise<void>((resolve) => {
    go = () => {
      while (state.sent < bytes) {
        state.sent += message.length
        if (channel.send(message)) continue
        state.waits += 1
        return
      }
      resolve()
    }
  })
  go()
  return { state, done }
}

describe.each(agentKinds)('an agent %s', (kind) => {
  it('waits for a browser that does not read, while others of its own are served', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    const told = new Told()
    const port = await agent.listen(0, told)
    const slow = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    const quick = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(2)
    slow.channel.pause()
    const [toSlow, toQuick] = told.channels as [AgentChannel, AgentChannel]
    const { state, done } = feed(told, toSlow, 64 * MiB, new Uint8Array(64 * 1024))
    await expect.poll(() => state.waits, soon).toBeGreaterThan(0)
    // It has been told to wait for good, and everybody else goes on.
    for (let round = 0; round < 20; round++) {
      toQuick.send(bytesOf(`round ${round}`))
      await expect.poll(() => textOf(quick.messages.at(-1)), soon).toBe(`round ${round}`)
    }
    const before = state.sent
    // What the kernel and the limits hold on the way: far less than is offered.
    expect(before).toBeLessThan(32 * MiB)
    expect(toSlow.buffered).toBeLessThan(2 * MiB)
    slow.channel.resume()
    await done
    await expect.poll(() => slow.bytes, { timeout: 30_000 }).toBe(64 * MiB)
  })

  it('that is slow slows the browser that feeds it', async () => {
    await using hosted = new Hosted()
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    told.channel.pause()
    told.channel.send(bytesOf('paused'))
    await expect.poll(() => client.messages.length, soon).toBe(1)
    const message = new Uint8Array(64 * 1024)
    let offered = 0
    while (offered < 256 * MiB && client.channel.send(message)) {
      offered += message.length
      await new Promise(setImmediate)
    }
    expect(offered).toBeLessThan(64 * MiB)
    const heard = told.messages.length
    told.channel.resume()
    await expect.poll(() => client.channel.buffered, soon).toBe(0)
    await expect.poll(() => told.messages.length, soon).toBeGreaterThan(heard)
  })

  it('carries the largest message to a client that takes it slowly', async () => {
    await using hosted = new Hosted()
    const told = new Told()
    const port = await (await hosted.agent(kind)).listen(0, told)
    const client = await hosted.client(port.endpoint)
    await expect.poll(() => told.channels.length, soon).toBe(1)
    const large = new Uint8Array(16 * MiB).fill(7)
    client.channel.pause()
    expect(told.channel.send(large)).toBe(false)
    client.channel.resume()
    await expect.poll(() => client.bytes, soon).toBe(16 * MiB)
    expect(Buffer.compare(client.messages[0] as Uint8Array, large)).toBe(0)
    client.channel.send(large)
    await expect.poll(() => told.messages.length, soon).toBe(1)
    expect(Buffer.compare(told.messages[0] as Uint8Array, large)).toBe(0)
  })
})
