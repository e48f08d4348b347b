// The whole example as one value: a web bridge with two handler processes, the functions that they
// call, and sample visitors.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BridgeLayer, lineLog, startBridge, timing, type WebBridge } from '@tieline/web-bridge'
import { implement } from 'tieline'
import { Monitor } from './monitor.js'
import { Traffic } from './traffic.js'
import { Visitors } from './visitors.js'

export interface DashboardOptions {
  /** 0: any that is free. */
  readonly port: number
  readonly processes: number
  /** Whether sample visitors come from the start. */
  readonly visitors: boolean
}

export interface Dashboard {
  readonly url: string
  close(): Promise<void>
}

const HANDLERS = fileURLToPath(new URL('./handlers.js', import.meta.url))

export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  let bridge: WebBridge | undefined
  let visitors: Visitors | undefined
  const nothing = { ready: 0, wanted: 0, inFlight: 0, restarts: 0, processes: [] }
  const traffic = new Traffic(
    () => bridge?.health() ?? nothing,
    () => visitors?.on ?? false,
  )
  const functions = implement(Monitor, {
    snapshot: () => traffic.snapshot(),
    samples: (_, { signal }) => traffic.samples(signal),
    visitors({ on }) {
      if (on) visitors?.start()
      else visitors?.stop()
    },
    kill({ pid }) {
      // Only one of ours: a number from a page is nothing to send signals to.
      if (bridge?.health().processes.some((each) => each.pid === pid)) process.kill(pid, 'SIGKILL')
    },
    lookUp: ({ item }) => ({ item, price: 5 + item.length * 7 }),
  })
  // Of this run alone, 0700: several dashboards may run at once.
  const directory = await mkdtemp(join(tmpdir(), 'tieline-dashboard-'))
  const clean = async () => {
    traffic.end()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    bridge = await startBridge({
      port: options.port,
      at: `unix:${join(directory, 'bridge.sock')}`,
      modules: [HANDLERS],
      processes: options.processes,
      rpc: [functions],
      rpcLayers: [traffic.rpcLayer],
      layers: [ownHostOnly, traffic.layer, timing()],
      metrics: true,
      // A feed has no end of its own, and a person who pressed Ctrl-C should not wait for it.
      drain: '1s',
      log: lineLog({ level: 'warn' }),
    })
  } catch (error) {
    await clean()
    throw error
  }
  visitors = new Visitors(bridge.url)
  if (options.visitors) visitors.start()
  return {
    url: bridge.url,
    async close() {
      visitors?.stop()
      await bridge?.close()
      await clean()
    },
  }
}

/** A name that somebody's DNS makes point at this machine is not this server's. */
const ownHostOnly: BridgeLayer = (next) => async (request, context) => {
  if (/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers['host'] ?? '')) {
    return next(request, context)
  }
  return { status: 403, headers: {}, body: 'not a name of this server' }
}
