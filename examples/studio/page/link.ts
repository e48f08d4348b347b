// The page's connection to the agent, through the channel host. It comes back by itself, and so do all
// streams over it.
import { type ConnectedClient, type ConnectionStatus, connect, isTielineError } from 'tieline'
import { websocket } from 'tieline/transport'
import { Studio } from '../src/protocol/studio.js'

export type StudioClient = ConnectedClient<typeof Studio>

export interface LinkEvents {
  status(status: ConnectionStatus): void
  /** Milliseconds, now and then; undefined while there is no connection. */
  roundTrip(ms: number | undefined): void
}

/** Milliseconds between two pings. */
const PING_MS = 2000
/** Milliseconds until a stream that ended in good order is asked for again. */
const AGAIN_MS = 300

export async function openLink(
  endpoint: string,
  token: string,
  events: LinkEvents,
): Promise<StudioClient> {
  const studio = await connect(Studio, {
    at: websocket(endpoint, { token }),
    background: true,
    // What was killed is back within a second or two; nobody should wait longer than that.
    reconnect: { base: '200ms', cap: '1500ms' },
  })
  events.status(studio.$connection.status)
  studio.$connection.watch((status) => events.status(status))
  void (async () => {
    for (;;) {
      // Lost with its connection: then there is no figure to show.
      const ping = studio.$connection.peer?.ping({ timeout: '5s' })
      events.roundTrip(await ping?.catch(() => undefined))
      await sleep(PING_MS)
    }
  })()
  return studio
}

/** Shows each item, for as long as the page is there. An agent that ends in good order ends its streams. */
export async function follow<T>(
  open: () => AsyncIterable<T>,
  show: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  while (!signal?.aborted) {
    try {
      for await (const item of open()) show(item)
    } catch (error) {
      if (signal?.aborted || isTielineError(error, 'refused')) return
      // The connection, or the agent: the next one is asked as soon as there is one.
    }
    await sleep(AGAIN_MS)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
