// The agent's process: owns the scene, and serves it on a port of the channel host. It outlives the
// host: the scene goes on while there is none, and the port is asked for again.
//
//   node main.js AGENTS-ENDPOINT PORT SEED
import { setTimeout as sleep } from 'node:timers/promises'
import { type Agent, agentTransport, connectAgent } from '@tieline/channel-host'
import { isTielineError } from 'tieline'
import { serveEditor } from './agent.js'

/** Told apart from other agents of the host, as the original's editor is. */
const USER_ID = 'editor'
/** Milliseconds between two looks for a host that is just starting. */
const LOOK_MS = 50
/** Milliseconds for the pages to be told: frames never end, so there is nothing to wait for. */
const GOODBYE = '200ms'

const [endpoint = '', port = '', seed = ''] = process.argv.slice(2)
const stopping = new AbortController()
const stop = () => stopping.abort()
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
// Whoever started this is gone.
process.stdin.once('end', stop).resume()

function told(error: Error): void {
  process.stderr.write(`agent: ${error.message}\n`)
}

/** While the host is away every attempt to reach it fails; that it is away was told once. */
function failed(error: Error): void {
  if (!isTielineError(error, 'connection-refused')) told(error)
}

async function host(signal: AbortSignal): Promise<Agent> {
  for (;;) {
    try {
      return await connectAgent({ at: endpoint, signal, lost: told, failed })
    } catch (error) {
      if (signal.aborted || !isTielineError(error, 'connection-refused')) throw error
      await sleep(LOOK_MS, undefined, { signal })
    }
  }
}

async function run(signal: AbortSignal): Promise<void> {
  const agent = await host(signal)
  const at = agentTransport(agent, { port: Number(port), userId: USER_ID, lost: told })
  const server = await serveEditor({ at, seed: Number(seed), signal, failed: told })
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await server.close({ within: GOODBYE })
  await agent.close()
}

try {
  await run(stopping.signal)
} catch (error) {
  if (!stopping.signal.aborted) {
    told(error as Error)
    process.exitCode = 1
  }
}
process.stdin.destroy()
