// What the plug-in can do, and what it tells on its own: two contracts for one pair of files.
import { call, contract, notify } from 'tieline'
import { z } from 'zod'

export const Renderer = contract({
  name: 'renderer',
  version: '1.0',
  methods: {
    get_info: call({
      input: z.object({}),
      output: z.object({ program: z.string(), python: z.string() }),
      summary: 'Who is there',
    }),
    render: call({
      input: z.object({ width: z.number(), height: z.number(), depth: z.number().optional() }),
      output: z.object({ lines: z.array(z.string()), points: z.number() }),
      summary: 'A picture as lines of text; the event progress tells how far it is',
    }),
  },
})

export const Events = contract({
  name: 'renderer-events',
  version: '1.0',
  methods: {
    backend_ready: notify({ input: z.object({ pid: z.number() }) }),
    backend_shutdown: notify({ input: z.object({}) }),
    progress: notify({ input: z.object({ job: z.string(), done: z.number() }) }),
  },
})
