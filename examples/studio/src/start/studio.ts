// The whole studio as one value: a private directory, the page, the supervisor in it, and through the
// supervisor all that is in the table of apps.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tokenFile } from '@tieline/channel-host'
import { type SupervisorClient, SupervisorContract } from '@tieline/supervisor'
import { connect } from 'tieline'
import { appsOf, type Choice, configOf, type StudioApp } from '../apps.js'
import { channelsOf, originOf, type Place, within } from '../place.js'
import { drawing } from '../plugin/drawing.js'
import { KeptSupervisor } from '../supervisor/kept.js'
import { bundlePage, writePage } from './bundle.js'
import { pageAnswers } from './page-answers.js'
import { freePort, isFree } from './ports.js'

export interface StudioOptions extends Choice {
  /** Of the page. Undefined: 9010, or any when that is taken. 0: any. */
  readonly port: number | undefined
  /** Ends the start. */
  readonly signal: AbortSignal
}

export interface RunningStudio {
  readonly place: Place
  /** What to open: the token is behind the #, which no browser sends. */
  readonly url: string
  readonly origin: string
  /** The channel host, for pages. */
  readonly endpoint: string
  readonly token: string
  /** Resolves when somebody told the supervisor to end. */
  readonly ended: Promise<void>
  pidOf(name: string): Promise<number | null>
  /** Ends everything, removes the directory. Never rejects. */
  close(): Promise<void>
}

const USUAL_PORT = 9010
/** Of the drawing: one that looks good. */
const SEED = 11
/** Milliseconds for an app to open what it opens. 20 s: a busy machine takes its time. */
const OPEN_MS = 20_000
/** Milliseconds between two looks. */
const LOOK_MS = 25

/** Rejects when a port that was asked for is taken, and when an app does not come up. */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const port = await pagePort(options.port)
  const bundling = bundlePage()
  // Its failure is told where it is awaited.
  bundling.catch(() => {})
  // Only its owner can enter: it is 0700 from the start.
  const directory = await mkdtemp(join(tmpdir(), 'tieline-studio-'))
  const place: Place = { directory, port, channelsPort: await freePort() }
  const at = within(directory)
  let supervisor: KeptSupervisor | undefined
  const close = async () => {
    await supervisor?.close()
    // The supervisor does it too; here it is for one that never came up.
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const token = tokenFile(at.token)
    await writeFile(at.drawing, drawing(SEED), { mode: 0o600 })
    supervisor = new KeptSupervisor(directory)
    await writePage(await bundling, at.page, channelsOf(place))
    const daemon = await connect(SupervisorContract, {
      at: `unix:${at.supervisor}`,
      background: true,
      reconnect: { base: '20ms', cap: '1s' },
      // What keeps this program running is the supervisor's process.
      hold: false,
    })
    for (const app of appsOf(place, options)) await begin(daemon, app, place, options.signal)
    const origin = originOf(place)
    if (!(await pageAnswers(origin, options.signal))) throw new Error(`no page came at ${origin}`)
    return {
      place,
      url: `${origin}/#token=${token}`,
      origin,
      endpoint: channelsOf(place),
      token,
      ended: supervisor.ended,
      pidOf: async (name) => (await daemon.status({ name }))[0]?.pid ?? null,
      async close() {
        daemon.$connection.abort()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function pagePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return (await isFree(USUAL_PORT)) ? USUAL_PORT : freePort()
  if (wanted === 0) return freePort()
  if (await isFree(wanted)) return wanted
  throw new Error(`port ${wanted} is in use; without --port the studio finds one that is free`)
}

/** Resolves when it runs and has opened what it opens. Rejects with what it said last. */
async function begin(
  daemon: SupervisorClient,
  app: StudioApp,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  const { name } = app
  try {
    await daemon.start({ config: configOf(app, place) }, { timeout: OPEN_MS, signal })
    await opened(app, signal)
  } catch (error) {
    // A supervisor that is gone has no logs; the error itself has to do.
    const [log] = await daemon.logs({ name, lines: 1 }, { timeout: '1s' }).catch(() => [])
    const said = log?.logs.errors.at(-1) ?? log?.logs.output.at(-1)
    throw new Error(`${name} did not come up: ${said ?? (error as Error).message}`)
  }
}

async function opened({ name, opens }: StudioApp, signal: AbortSignal): Promise<void> {
  if (opens === undefined) return
  const deadline = performance.now() + OPEN_MS
  while (!existsSync(opens)) {
    if (performance.now() > deadline) throw new Error(`${name} did not open ${opens}`)
    await sleep(LOOK_MS, undefined, { signal })
  }
}
