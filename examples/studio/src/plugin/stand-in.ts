// The plug-in where there is neither Inkscape nor Python: the same answers through the same files. It
// reads what the studio draws (paths of straight lines) and nothing else.
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { backend, respond } from '@tieline/file-channel'
import type { PenPlan, Point } from './plotter.js'

const { TIELINE_MAILBOX: mailbox = '', STUDIO_DRAWING: drawing = '' } = process.env
/** How often progress is told in one plan. */
const TOLD = 10

const channel = await backend(mailbox)
await channel.sendEvent('backend_ready', { pid: process.pid })
process.once('SIGTERM', () => void channel.close())

await respond(channel, {
  get_info: () => ({ host: 'Node', python: process.version }),
  plan: async () => plan(strokesOf(readFileSync(drawing, 'utf8'))),
})

function strokesOf(svg: string): Point[][] {
  return [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, path = '']) => {
    const numbers = (path.match(/-?[\d.]+/g) ?? []).map(Number)
    return Array.from(
      { length: Math.floor(numbers.length / 2) },
      (_, at) => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0] as const,
    )
  })
}

/** Always on to the nearest end of a stroke. */
async function plan(strokes: readonly Point[][]): Promise<PenPlan> {
  const left = [...strokes]
  const ordered: Point[][] = []
  let pen: Point = [0, 0]
  let travelled = 0
  let told = 0
  while (left.length > 0) {
    const { at, back, far } = nearest(left, pen)
    const [stroke = []] = left.splice(at, 1)
    ordered.push(back ? [...stroke].reverse() : stroke)
    travelled += far
    pen = ordered.at(-1)?.at(-1) ?? pen
    const done = ordered.length / strokes.length
    if (Math.floor(done * TOLD) <= told) continue
    told = Math.floor(done * TOLD)
    await channel.sendEvent('progress', { job: 'plan', done })
    await turn()
  }
  const drawn = ordered.reduce((sum, stroke) => sum + lengthOf(stroke), 0)
  return {
    strokes: ordered,
    drawn: Math.round(drawn),
    travelled: Math.round(travelled),
    skipped: [],
  }
}

function nearest(strokes: readonly Point[][], pen: Point) {
  let found = { at: 0, back: false, far: Number.POSITIVE_INFINITY }
  strokes.forEach((stroke, at) => {
    const [first = pen, last = pen] = [stroke[0], stroke.at(-1)]
    const [there, back] = [distance(pen, first), distance(pen, last)]
    if (there < found.far) found = { at, back: false, far: there }
    if (back < found.far) found = { at, back: true, far: back }
  })
  return found
}

function lengthOf(stroke: readonly Point[]): number {
  return stroke.reduce((sum, point, at) => sum + distance(stroke[at - 1] ?? point, point), 0)
}

function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.hypot(x2 - x1, y2 - y1)
}
