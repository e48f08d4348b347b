// `file-channel request`: asks the other side and prints its answer.
import { isTielineError, TielineError } from 'tieline'
import { command, EXIT } from 'tieline/command'
import { access, json, jsonFrom, side, timeout, valueText } from './common.js'
import { open } from './open.js'

export const request = command({
  name: 'request',
  words: ['DIR', 'METHOD', '[JSON]'],
  options: {
    as: side('frontend (default): asks the backend; backend: asks the frontend'),
    timeout: timeout('how long to wait for the answer (30s)'),
    json: json('the payload on one line; an error as\n{"error": {"code": …, "message": …}}'),
    access,
  },
  about: `Sends a request and prints the answer's payload. Messages that are no answer to it are left for
others. While another process reads for the same side it waits for its turn.`,
  example: `$ file-channel request /tmp/demo echo '{"hello": "world"}' --timeout 5s`,
  async run(context) {
    const { args, terminal, signal } = context
    const [directory, method, text] = args.words
    const params = jsonFrom(text)
    const { as = 'frontend', timeout = 30_000, json } = args.options
    const options = { make: true, sendTimeout: timeout, turnTimeout: timeout }
    const channel = await open(context, directory, as, options)
    try {
      const start = performance.now()
      const id = await channel.sendRequest(method, params)
      channel.only(id)
      const left = Math.max(0, timeout - (performance.now() - start))
      const { payload, error } = await channel
        .waitResponse(id, { timeout: left, signal })
        .catch((late) => {
          if (!isTielineError(late, 'deadline-exceeded')) throw late
          const who = as === 'frontend' ? 'backend' : 'frontend'
          const problem = `no answer to ${method} within ${timeout} ms`
          const hint = `is a ${who} there? See: file-channel info ${directory}`
          throw new TielineError('deadline-exceeded', `${problem}; ${hint}`, { cause: late })
        })
      if (error != null) throw new TielineError('remote-error', error, { origin: 'remote' })
      await terminal.print(valueText(payload, json))
      return EXIT.done
    } finally {
      await channel.close()
    }
  },
})
