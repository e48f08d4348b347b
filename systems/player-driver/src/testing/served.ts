// A driver served at a socket of its own, for tests: with clients, raw conversations, and an end.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { msgpackRpc } from 'tieline'
import type { Channel } from 'tieline/channel'
import { Peer, type Service } from 'tieline/peer'
import { type Transport, transportFor } from 'tieline/transport'
import { DriverHost, type DriverHostOptions } from '../domain/host.js'
import { type DriverServer, type DriverServerOptions, serveDriver } from '../driver/server.js'
import { IpcDriver, type IpcDriverOptions } from '../ipc/ipc-driver.js'

export interface ServedDriver {
  readonly server: DriverServer
  readonly endpoint: string
  /** What the operator was told. */
  readonly notes: readonly string[]
  connect(options?: Omit<IpcDriverOptions, 'at'>): Promise<IpcDriver>
  /** A client that speaks the wire by hand: `call(method, [param, …])`. */
  dial(service?: Service): Promise<Peer>
  close(): Promise<void>
}

/** A directory of mode 0700, and how to remove it. */
export async function ownFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'fsct-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export async function servedDriver(
  options: { host?: DriverHostOptions; server?: Partial<DriverServerOptions> } = {},
): Promise<ServedDriver> {
  const folder = await ownFolder()
  const notes: string[] = []
  const server = await serveDriver(new DriverHost(options.host), {
    at: `unix:${folder.path}/fsct.sock`,
    note: (line) => notes.push(line),
    ...options.server,
  })
  const clients: { close(): Promise<void> }[] = []
  return {
    server,
    endpoint: server.endpoint,
    notes,
    async connect(options = {}) {
      const driver = await IpcDriver.connect({ ...options, at: server.endpoint })
      clients.push(driver)
      return driver
    },
    async dial(service) {
      const peer = await dialled(server.endpoint, service)
      clients.push({ close: () => peer.close({ within: 0 }) })
      return peer
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      await server.close()
      await folder.remove()
    },
  }
}

/** A conversation by hand. */
export async function dialled(endpoint: string, service?: Service): Promise<Peer> {
  const transport = await transportFor(endpoint)
  const channel = await transport.connect()
  return new Peer(channel, { protocol: msgpackRpc(), role: 'client', service })
}

/** The way to an endpoint as a cable that can be cut. */
export async function cable(endpoint: string): Promise<{ at: Transport; cut(): void }> {
  const transport = await transportFor(endpoint)
  const channels: Channel[] = []
  return {
    at: {
      endpoint,
      listen: (options) => transport.listen(options),
      async connect(options) {
        const channel = await transport.connect(options)
        channels.push(channel)
        return channel
      },
    },
    cut() {
      for (const channel of channels.splice(0)) channel.abort(new Error('cable cut'))
    },
  }
}
