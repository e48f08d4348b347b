// tieline call: one method, one answer.
import { type Command, type Context, EXIT } from './command.js'
import { jsonFrom, paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { targetFrom, withPeer } from './session.js'
import { show } from './show.js'

export const call: Command = {
  name: 'call',
  words: ['ENDPOINT', 'METHOD', '[JSON]'],
  options: {
    protocol: { takesValue: true },
    timeout: { takesValue: true },
    json: {},
  },
  help: `tieline call ENDPOINT METHOD [JSON]

Calls a method and prints its answer.

  ENDPOINT          local:NAME, unix:/PATH, pipe:NAME, or the path of a socket
  JSON              the params; - reads them from stdin, @FILE from a file.
                    MessagePack-RPC: an array is the positional params,
                    anything else is one param. JSON-RPC: so are arrays,
                    and an object is the named params

  --protocol NAME   native (the default), msgpack-rpc, json-rpc (in lines)
                    or json-rpc-content-length
  --timeout TIME    for connecting and the answer: 500ms, 5s, 2m (default 30s)
  --json            print the answer as one line of JSON, for scripts; an error
                    as {"error": {"code": …, "message": …, "data": …}}

Ctrl-C cancels the call on the other side.

Examples:
  $ tieline call local:greeter hello '{"name": "Ada"}'
  Hello Ada

  $ tieline call $NVIM nvim_eval '"6 * 7"' --protocol msgpack-rpc
  42`,
  run,
}

async function run(context: Context): Promise<number> {
  const { args, terminal, signal } = context
  const method = args.word(1)
  const target = await targetFrom(context)
  const params = paramsFor(target.protocol, await jsonFrom(args.optionalWord(2), signal))
  return withPeer(target, signal, async ({ peer, left }) => {
    let answer: unknown
    try {
      answer = await peer.call(method, params, { timeout: left(), signal })
    } catch (error) {
      const { withHint } = await import('./described.js')
      throw await withHint(error, peer, method)
    }
    await terminal.print(args.has('json') ? jsonLine(answer) : show(answer, terminal))
    return EXIT.answered
  })
}
