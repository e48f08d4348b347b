// The plug-in behind the file channel: a contract over two JSON files. It is asked for a plan again and
// again; what it tells on its own is how far it is.
import { at, fileChannel } from '@tieline/file-channel'
import { connect, implement } from 'tieline'
import { Newest } from '../../newest.js'
import { HEIGHT, WIDTH } from '../../plugin/drawing.js'
import { type PenPlan, Plotter, PlotterEvents } from '../../plugin/plotter.js'
import type { Plan, Planning } from '../../protocol/studio.js'
import { pause } from '../pause.js'
import { Source, say } from '../source.js'

/** Milliseconds from one plan to the next: the pen on the page takes its time. */
const BETWEEN_MS = 12_000
/** Milliseconds until a plug-in that did not answer is asked again. */
const AGAIN_MS = 500
/** Points are sent in whole tenths: a pen is wider. */
const TENTHS = 10

export class PluginWatch {
  readonly source = new Source<Planning>('the plug-in', 'files · JSON messages')
  readonly plan = new Newest<Plan | undefined>(undefined)
  #round = 0
  #info: { readonly host: string; readonly version: string } | undefined

  constructor(mailbox: string, signal: AbortSignal) {
    void this.#run(mailbox, signal)
  }

  /** Files tell nothing of who is there: the supervisor does. */
  running(runs: boolean): void {
    if (runs) return
    this.#info = undefined
    this.source.lost('the plug-in’s process is not there')
  }

  async #run(mailbox: string, signal: AbortSignal): Promise<void> {
    await using plotter = await connect(Plotter, {
      at: at(mailbox, 'frontend'),
      protocol: fileChannel(),
      background: true,
      offers: implement(PlotterEvents, {
        backend_ready: ({ pid }) => say(`the plug-in says it is ready, process ${pid}`),
        backend_shutdown: () => this.source.lost('the plug-in has ended'),
        progress: ({ done }) => this.#told(done),
      }),
    })
    while (!signal.aborted) {
      try {
        this.#info ??= await told(plotter.get_info({}, { timeout: '60s', signal }))
        const round = this.#round + 1
        const from = performance.now()
        const plan = await plotter.plan({}, { timeout: '60s', signal })
        this.#round = round
        const tookMs = Math.round(performance.now() - from)
        this.#told(1)
        this.plan.set(planOf(plan, round, tookMs))
        say(`plan ${round}: ${plan.strokes.length} strokes in ${tookMs} ms`)
        await pause(BETWEEN_MS, signal)
        if (!signal.aborted) this.#told(0)
      } catch (error) {
        if (!signal.aborted) this.source.lost((error as Error).message)
        await pause(AGAIN_MS, signal)
      }
    }
  }

  #told(done: number): void {
    const { host = '', version = '' } = this.#info ?? {}
    this.source.up()
    // What is planned now is one more than what was.
    const round = done === 1 ? this.#round : this.#round + 1
    this.source.show({ host, version, round, done })
  }
}

async function told(answer: Promise<{ readonly host: string; readonly python: string }>) {
  const { host, python } = await answer
  // The plug-in itself says `nothing` when it runs in no other program.
  if (host === 'nothing') return { host: 'Python', version: python }
  return host === 'Node' ? { host, version: python } : { host, version: `Python ${python}` }
}

function planOf({ strokes, drawn, travelled }: PenPlan, round: number, tookMs: number): Plan {
  const tenths = (value: number) => Math.round(value * TENTHS)
  return {
    round,
    width: WIDTH,
    height: HEIGHT,
    strokes: strokes.map((points) => points.flatMap(([x, y]) => [tenths(x), tenths(y)])),
    drawn,
    travelled,
    tookMs,
    nextMs: BETWEEN_MS,
  }
}
