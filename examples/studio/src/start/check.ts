// The check of the whole chain: a real client of the page's contract, through the channel host, that
// waits until it has seen each of the five systems; and the page itself, over HTTP.
import { connect } from 'tieline'
import { websocket } from 'tieline/transport'
import { Studio } from '../protocol/studio.js'
import { pageAnswers } from './page-answers.js'
import type { RunningStudio } from './studio.js'

/** How many processes there are at least: the table without mpv, and the supervisor. */
const PROCESSES = 9

/** Resolves with what was not seen before the signal fired: nothing, when all is well. */
export async function checkStudio(studio: RunningStudio, signal: AbortSignal): Promise<string[]> {
  const client = await connect(Studio, {
    at: websocket(studio.endpoint, { token: studio.token }),
    background: true,
    reconnect: { base: '50ms', cap: '500ms' },
  })
  const until = { signal, timeout: 60_000 }
  const looks: Readonly<Record<string, Promise<boolean>>> = {
    'the page over HTTP': pageAnswers(studio.origin, signal),
    'the channel host': comes(client.processes(undefined, until), () => true),
    'the player driver': comes(
      client.playing(undefined, until),
      ({ state, value }) => state === 'up' && value?.texts.title != null,
    ),
    'the supervisor': comes(client.processes(undefined, until), ({ state, value }) => {
      const running = value?.rows.filter((row) => row.state === 'running') ?? []
      return state === 'up' && running.length >= PROCESSES
    }),
    'the web bridge': comes(client.traffic(undefined, until), ({ state, value }) => {
      return state === 'up' && (value?.total ?? 0) > 0
    }),
    'the file channel': comes(client.plan(undefined, until), ({ strokes }) => strokes.length > 0),
  }
  const missing: string[] = []
  for (const [what, look] of Object.entries(looks)) if (!(await look)) missing.push(what)
  client.$connection.abort()
  return missing
}

/** Whether an item comes that is as wanted. */
async function comes<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): Promise<boolean> {
  try {
    for await (const item of items) if (wanted(item)) return true
  } catch {
    // The signal, or a stream that can not be had: it was not seen.
  }
  return false
}
