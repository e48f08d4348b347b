// The agent's process: a client of the driver, the supervisor, the bridge and the plug-in, and an agent
// of the channel host, on one port of which it serves pages.
import { setMaxListeners } from 'node:events'
import { type Agent, agentTransport, connectAgent } from '@tieline/channel-host'
import { isTielineError, serve } from 'tieline'
import { placeOfThisProcess, within } from '../place.js'
import { Studio } from '../protocol/studio.js'
import { pause } from './pause.js'
import { say } from './source.js'
import { openSources } from './sources.js'
import { studioHandlers } from './studio.js'

/** Told apart from other agents of the host. */
const USER_ID = 'studio'
/** Milliseconds between two looks for a host that is just starting. */
const LOOK_MS = 100
/** For the pages to be told: streams never end, so there is nothing to wait for. */
const GOODBYE = '200ms'

const stopping = new AbortController()
// Every source waits for it, some at several places.
setMaxListeners(0, stopping.signal)
process.once('SIGINT', () => stopping.abort())
process.once('SIGTERM', () => stopping.abort())

function told(error: Error): void {
  // While the host is away every attempt to reach it fails; that it is away was told once.
  if (!isTielineError(error, 'connection-refused')) process.stderr.write(`${error.message}\n`)
}

async function host(at: string, signal: AbortSignal): Promise<Agent> {
  for (;;) {
    try {
      return await connectAgent({
        at,
        signal,
        reconnect: { base: '100ms', cap: '1s' },
        lost: told,
        restored: () => say('the channel host is back'),
        failed: told,
      })
    } catch (error) {
      if (signal.aborted || !isTielineError(error, 'connection-refused')) throw error
      await pause(LOOK_MS, signal)
    }
  }
}

async function run(signal: AbortSignal): Promise<void> {
  const place = placeOfThisProcess()
  const at = within(place.directory)
  const sources = await openSources(place, signal)
  const agent = await host(`unix:${at.agents}`, signal)
  const server = await serve(Studio, studioHandlers(sources), {
    at: agentTransport(agent, { port: place.channelsPort, userId: USER_ID, lost: told }),
    failed: told,
    connected: () => say('a page has come'),
  })
  say(`pages come to ${server.endpoint}`)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await server.close({ within: GOODBYE })
  await agent.close()
}

try {
  await run(stopping.signal)
} catch (error) {
  if (!stopping.signal.aborted) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
