// The host, an agent in another process that echoes, and an agent in the host's process that does.
import { type Agent, ChannelHost, connectAgent } from '@tieline/channel-host'
import type { Started } from './asks.js'

/** More than the suite opens. */
const limits = { connections: 4096 }
const failed = (error: Error) => process.stderr.write(`${error.message}\n`)

function opened(): ChannelHost {
  // As bare as the others: no token. A WebSocket is checked when it is opened, and never again.
  return new ChannelHost({ token: false, withoutOrigin: true, limits, failed })
}

async function echo(agent: Agent): Promise<Started> {
  const { endpoint } = await agent.listen(0, {
    message(channel, bytes) {
      channel.send(bytes)
    },
  })
  return { url: endpoint }
}

export async function host(path: string): Promise<Started> {
  const { endpoint } = await opened().serveAgents({ at: `unix:${path}` })
  return { url: endpoint }
}

export async function agent(path: string): Promise<Started> {
  return echo(await connectAgent({ at: `unix:${path}`, failed }))
}

export async function inside(): Promise<Started> {
  return echo(opened().agent())
}
