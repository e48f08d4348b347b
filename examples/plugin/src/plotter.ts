// What the plug-in can do, and what it tells on its own: two contracts for one pair of files.
import { call, contract, notify } from 'tieline'
import { z } from 'zod'

/** Where the pen is on the page, in the drawing's own units: x to the right, y down. */
const Point = z.tuple([z.number(), z.number()])

export const Plotter = contract({
  name: 'plotter',
  version: '1.0',
  methods: {
    get_info: call({
      input: z.object({}),
      output: z.object({ host: z.string(), python: z.string() }),
      summary: 'What program the plug-in runs in',
    }),
    plan: call({
      input: z.object({}),
      output: z.object({
        strokes: z.array(z.array(Point)),
        drawn: z.number(),
        travelled: z.number(),
        skipped: z.array(z.string()),
      }),
      summary: 'The way of the pen over the drawing; the event progress tells how far it is',
    }),
    finish: call({ input: z.object({}), output: z.object({}), summary: 'Save the plan and end' }),
  },
})

export const Events = contract({
  name: 'plotter-events',
  version: '1.0',
  methods: {
    backend_ready: notify({ input: z.object({ pid: z.number() }) }),
    backend_shutdown: notify({ input: z.object({}) }),
    progress: notify({ input: z.object({ job: z.string(), done: z.number() }) }),
  },
})
