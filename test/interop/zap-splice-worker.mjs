// A worker for the original's `splice`, which starts it by its path alone.
import { runSpliceWorker } from '@tieline/web-bridge'

const worker = await runSpliceWorker([
  {
    add: ({ a, b }) => a + b,
    echo: (params) => params,
    meta: (_, call) => call.meta,
    pid: () => process.pid,
    secret: () => {
      throw new Error('a secret')
    },
    slow: ({ ms }) => new Promise((resolve) => setTimeout(() => resolve(ms), ms)),
    never: () => new Promise(() => {}),
    async *ticks() {
      yield 1
    },
  },
])
await worker.closed
