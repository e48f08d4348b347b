// tieline call: one method, one answer.
import { command, EXIT } from '../src/command/command.js'
import { jsonFrom, paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { ENDPOINT, JSON_PARAMS, json, protocol, timeout } from './options.js'
import { targetFrom, withPeer } from './session.js'
import { show } from './show.js'

export const call = command({
  name: 'call',
  words: ['ENDPOINT', 'METHOD', '[JSON]'],
  options: {
    protocol,
    timeout: timeout('for connecting and the answer: 500ms, 5s, 2m (default 30s)'),
    json: json(`print the answer as one line of JSON, for scripts; an error
as {"error": {"code": …, "message": …, "data": …}}`),
  },
  about: 'Calls a method and prints its answer.',
  terms: {
    ENDPOINT,
    JSON: `${JSON_PARAMS}.
MessagePack-RPC: an array is the positional params,
anything else is one param. JSON-RPC: so are arrays,
and an object is the named params`,
  },
  notes: 'Ctrl-C cancels the call on the other side.',
  example: [
    `$ tieline call local:greeter hello '{"name": "Ada"}'
Hello Ada`,
    `$ tieline call $NVIM nvim_eval '"6 * 7"' --protocol msgpack-rpc
42`,
  ],
  async run({ args, terminal, signal }) {
    const [endpoint, method, params] = args.words
    const target = await targetFrom(endpoint, args.options)
    const value = paramsFor(target.protocol, await jsonFrom(params, signal))
    return withPeer(target, signal, async ({ peer, left }) => {
      let answer: unknown
      try {
        answer = await peer.call(method, value, { timeout: left(), signal })
      } catch (error) {
        const { withHint } = await import('./described.js')
        throw await withHint(error, peer, method, 'call')
      }
      await terminal.print(args.options.json ? jsonLine(answer) : show(answer, terminal))
      return EXIT.done
    })
  },
})
