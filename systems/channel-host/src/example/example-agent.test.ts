import { describe, expect, it } from 'vitest'
import { agentKinds, Hosted } from '../testing/hosted.js'
import { exampleAgent } from './example-agent.js'

const soon = { timeout: 15_000 }

describe.each(agentKinds)('the original’s example agent, %s', (kind) => {
  it('answers as it does there: nothing, an echo, the size, and an end of listening', async () => {
    await using hosted = new Hosted()
    const agent = await hosted.agent(kind)
    let stops = 0
    const stopped = () => {
      stops += 1
    }
    const port = await exampleAgent(agent, { port: 0, size: () => [800, 600.5], stopped })
    expect(port.userId).toBe('example')
    const client = await hosted.client(port.endpoint)
    for (const bytes of [[0, 9], [1, 2, 3], [2]]) client.channel.send(Uint8Array.from(bytes))
    await expect.poll(() => client.messages.length, soon).toBe(2)
    expect(client.messages[0]).toEqual(Uint8Array.of(1, 2, 3))
    const size = Buffer.from(client.messages[1] as Uint8Array)
    expect([size.length, size[0], size.readFloatLE(1), size.readFloatLE(5)]).toEqual([
      9, 2, 800, 600.5,
    ])
    client.channel.send(Uint8Array.of(255))
    await expect.poll(() => stops, soon).toBe(1)
    await expect(hosted.client(port.endpoint)).rejects.toMatchObject({ code: 'connection-refused' })
    // An open channel stays, and what the agent does not know ends it.
    client.channel.send(Uint8Array.of(1))
    await expect.poll(() => client.messages.length, soon).toBe(3)
    client.channel.send(Uint8Array.of(77))
    await expect.poll(() => client.ends.length, soon).toBe(1)
    expect(client.ends[0]?.error?.message).toMatch(/closed it with 1002$/)
  })
})
