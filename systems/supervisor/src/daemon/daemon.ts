// The daemon: a supervisor behind a socket, answering our own clients and the original's.
import { native, type Server, serve } from 'tieline'
import { anyOf } from 'tieline/dialect'
import { local, type Transport } from 'tieline/transport'
import { bunctl, MESSAGE_BYTES } from '../bunctl/protocol.js'
import { Supervisor } from '../domain/supervisor.js'
import { SupervisorContract } from './contract.js'
import { ourHandlers } from './handlers.js'
import { originalHandlers } from './original-handlers.js'
import { makeOwnDirectory } from './own-directory.js'
import type { Place } from './places.js'

export interface DaemonOptions {
  readonly place: Place
  readonly directory: string
  readonly version: string
  readonly log: (line: string) => void
}

export interface Daemon {
  readonly endpoint: string
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** Ends it; what becomes of the apps is as told first. Idempotent. */
  close(apps: 'stop' | 'leave', options?: { readonly stay?: boolean }): Promise<void>
}

/** Milliseconds for a new connection to say something. 30 s, as the original's clients are used to. */
const FIRST_FRAME_MS = 30_000
/** Milliseconds that answers on their way get when the daemon ends. */
const GOODBYE_MS = 1000

/** The original's is asked first: five bytes are enough for it to know. */
const protocol = anyOf(bunctl(), native())

/**
 * Listens first, then finds its apps: so that of two daemons only one ever touches them. Rejects with
 * `endpoint-in-use`, `permission-denied` (also for a state directory that others own or can write to)
 * or `invalid-endpoint`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { place, directory, log } = options
  makeOwnDirectory(directory)
  const startedAt = Date.now()
  let ready!: (supervisor: Supervisor) => void
  const opened = new Promise<Supervisor>((resolve) => {
    ready = resolve
  })
  let end!: () => void
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  let supervisor: Supervisor | undefined
  let closing: Promise<void> | undefined

  const close: Daemon['close'] = (apps, { stay = false } = {}) => {
    closing ??= (async () => {
      log(`ending; apps are ${apps === 'stop' ? 'ended' : 'left'}`)
      const all = await opened
      await all.close({ apps, stay })
      await server.close({ within: GOODBYE_MS })
      log('ended')
      end()
    })()
    return closing
  }

  const server: Server = await serve(
    SupervisorContract,
    () => {
      const running = supervisor as Supervisor
      return {
        ...originalHandlers(running),
        ...ourHandlers(running, {
          info: () => ({
            version: options.version,
            pid: process.pid,
            directory,
            uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
            apps: running.list().length,
            subscribers: running.audience.size,
          }),
          shutdown: (apps) => {
            // The answer leaves first: it is written in this tick.
            setImmediate(() => void close(apps, { stay: true }))
          },
        }),
      }
    },
    {
      at: waiting(local(place.endpoint, { allowSharedDirectory: place.shared }), opened),
      protocol,
      limits: { frameBytes: MESSAGE_BYTES, firstFrameMs: FIRST_FRAME_MS },
      observe: {
        handlerFailed: ({ method, error }) => log(`${method} failed: ${stackOf(error)}`),
      },
      failed: (error) => log(error.message),
    },
  )
  try {
    supervisor = await Supervisor.open({ directory, log })
  } catch (error) {
    await server.abort()
    throw error
  }
  ready(supervisor)
  log(`listening at ${server.endpoint}, state in ${directory}`)
  return { endpoint: server.endpoint, ended, close }
}

/** The transport, whose clients are let in when the apps have been found. */
function waiting(transport: Transport, until: Promise<unknown>): Transport {
  return {
    endpoint: transport.endpoint,
    connect: (options) => transport.connect(options),
    listen: (options) =>
      transport.listen({
        ...options,
        accept: (channel) => void until.then(() => options.accept(channel)),
      }),
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
