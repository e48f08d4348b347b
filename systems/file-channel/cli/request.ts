// `file-channel request`: asks the other side and prints its answer.
import { TielineError } from 'tieline'
import type { Command } from './command.js'
import { EXIT } from './command.js'
import { open } from './open.js'

export const request: Command = {
  words: ['DIR', 'METHOD', '[JSON]'],
  values: ['as', 'timeout'],
  switches: [],
  help: `Usage: file-channel request DIR METHOD [JSON] [options]

Sends a request and prints the answer's payload. Messages that are no answer to it are left for
others. While another process reads for the same side it waits for its turn.

  --as SIDE      frontend (default): asks the backend; backend: asks the frontend
  --timeout T    how long to wait for the answer (30s)
  --json         the payload on one line; an error as {"error": …}

Example:
  file-channel request /tmp/demo echo '{"hello": "world"}' --timeout 5s`,
  async run(context) {
    const { args, output, signal } = context
    const params = args.json(2)
    const timeout = args.timeout(30_000)
    const options = { make: true, sendTimeout: timeout, turnTimeout: timeout }
    const channel = await open(context, args.side('frontend'), options)
    try {
      const method = args.word(1)
      const start = performance.now()
      const id = await channel.sendRequest(method, params)
      channel.only(id)
      const left = Math.max(0, timeout - (performance.now() - start))
      const { payload, error } = await channel.waitResponse(id, { timeout: left, signal })
      if (error == null) {
        output.value(payload, args.has('json'))
        return EXIT.done
      }
      if (args.has('json')) output.value({ error }, true)
      throw new TielineError('remote-error', error, { origin: 'remote' })
    } finally {
      await channel.close()
    }
  },
}
