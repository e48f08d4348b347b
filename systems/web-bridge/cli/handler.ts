// web-bridge handler: one handler process, started by whoever likes, for a server that runs.
import { command, EXIT } from 'tieline/command'
import { lineLog } from '../src/handlers/log.js'
import { runHandlers } from '../src/runtime/run.js'
import { aborted, at, logLevel, mustExist } from './common.js'

export const handler = command({
  name: 'handler',
  words: ['MODULE…'],
  options: {
    at,
    dev: { kind: 'flag', about: 'stacks in error responses' },
    'log-level': logLevel,
  },
  about: `Joins a running server and answers requests for the routes of its modules, until
Ctrl-C or SIGTERM: then it takes no more, finishes what it has, and ends. When
the server is restarted it joins again.`,
  example: `$ web-bridge handler ./handlers.js
joined local:web-bridge with 3 routes (pid 4711)`,
  endsWell: true,
  async run({ args, terminal, signal }) {
    for (const module of args.words) mustExist(module)
    const { at: endpoint = 'local:web-bridge', dev, 'log-level': level = 'info' } = args.options
    const link = await runHandlers({
      at: endpoint,
      modules: args.words,
      log: lineLog({ level }),
      development: dev,
      reconnect: true,
      signal,
    })
    const count = link.routes === 1 ? '1 route' : `${link.routes} routes`
    await terminal.print(`joined ${endpoint} with ${count} (pid ${process.pid})`)
    await Promise.race([aborted(signal), link.ended])
    await link.close()
    return EXIT.done
  },
})
