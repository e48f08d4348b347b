// The part of the player driver that runs for each user: it follows the user's players, offers the same
// driver on an endpoint of the user's own, and forwards all of it to the driver of the machine.
import { DriverHost } from '../domain/host.js'
import { type DriverServer, serveDriver } from '../driver/server.js'
import { type ConnectionChange, stayConnected } from '../ipc/stay-connected.js'
import { untilFirst } from '../watchers/wait.js'
import type { Watcher } from '../watchers/watcher.js'
import { Forwarder } from './forwarder.js'

export interface UserPartOptions {
  /** Where the driver is. */
  readonly driver: string
  /** Where programs of the user find this part. */
  readonly at: string
  readonly watchers: readonly Watcher[]
  /** Ends it all. */
  readonly signal: AbortSignal
  /** It listens. The driver may not be there yet. */
  readonly listening?: (server: DriverServer) => void
  readonly told?: (change: ConnectionChange) => void
  /** One line each for whoever runs it. */
  readonly note?: (line: string) => void
}

/**
 * Resolves when the signal has fired and everything is closed. Rejects when it cannot listen, when the
 * driver speaks another version, or with what a watcher rejects with. It waits for a driver that is not
 * there yet.
 */
export async function runUserPart(options: UserPartOptions): Promise<void> {
  const { note = () => {}, told, watchers } = options
  const failed = new AbortController()
  const host = new DriverHost()
  const server = await serveDriver(host, { at: options.at, note })
  const forwarder = new Forwarder({ host, note })
  try {
    options.listening?.(server)
    await untilFirst([options.signal, failed.signal], async (signal) => {
      const connected = stayConnected({
        at: options.driver,
        // The generations that tell of devices without a subscription to everything that plays.
        generation: 'json',
        patient: true,
        deviceChanged: () => void forwarder.refreshDevices(),
        signal,
        use: (driver, ending) => forwarder.use(driver, ending),
        ...(told && { told }),
      })
      const working = [
        connected,
        ...watchers.map((watcher) => watcher.run(host.session(own()), signal)),
      ]
      const ended = working.map((each) => each.catch((error: unknown) => failed.abort(error)))
      await Promise.all(ended)
    })
    failed.signal.throwIfAborted()
  } finally {
    forwarder.close()
    await server.close()
  }
}

function own() {
  const uid = process.getuid?.()
  return { pid: process.pid, ...(uid === undefined ? {} : { uid }) }
}
