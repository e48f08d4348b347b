// What the plug-in can do, and what it tells on its own: two contracts for one pair of files. The
// plug-in is examples/plugin/plugin.py; the stand-in does the same.
import { call, contract, notify, type } from 'tieline'

/** Where the pen is on the page, in the drawing's own units: x to the right, y down. */
export type Point = readonly [x: number, y: number]

export interface PenPlan {
  /** In the order in which they are drawn. */
  readonly strokes: readonly (readonly Point[])[]
  readonly drawn: number
  readonly travelled: number
  /** Kinds of shapes that the plug-in does not know. */
  readonly skipped: readonly string[]
}

type Nothing = Readonly<Record<string, never>>

export const Plotter = contract({
  name: 'plotter',
  version: '1.0',
  methods: {
    get_info: call({
      input: type<Nothing>(),
      output: type<{ readonly host: string; readonly python: string }>(),
      summary: 'What program the plug-in runs in',
    }),
    plan: call({
      input: type<Nothing>(),
      output: type<PenPlan>(),
      summary: 'The way of the pen over the drawing; the event progress tells how far it is',
    }),
  },
})

export const PlotterEvents = contract({
  name: 'plotter-events',
  version: '1.0',
  methods: {
    backend_ready: notify({ input: type<{ readonly pid: number }>() }),
    backend_shutdown: notify({ input: type<Nothing>() }),
    progress: notify({ input: type<{ readonly job: string; readonly done: number }>() }),
  },
})
