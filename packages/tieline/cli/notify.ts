// tieline notify: one message, no answer.
import { type Command, type Context, EXIT } from './command.js'
import { jsonFrom, paramsFor } from './input.js'
import { targetFrom, withPeer } from './session.js'

export const notify: Command = {
  name: 'notify',
  words: ['ENDPOINT', 'METHOD', '[JSON]'],
  options: {
    protocol: { takesValue: true },
    timeout: { takesValue: true },
  },
  help: `tieline notify ENDPOINT METHOD [JSON]

Sends a notification. Nothing comes back, so nothing is printed: exit code 0
says that it was sent and, with native, that the other side has read it.

  ENDPOINT          local:NAME, unix:/PATH, pipe:NAME, or the path of a socket
  JSON              the params; - reads them from stdin, @FILE from a file

  --protocol NAME   native (the default), msgpack-rpc, json-rpc (in lines)
                    or json-rpc-content-length
  --timeout TIME    for connecting and sending: 500ms, 5s, 2m (default 10s)

Example:
  $ tieline notify local:greeter log '"lunch is ready"'`,
  run,
}

async function run(context: Context): Promise<number> {
  const { args, signal } = context
  const target = await targetFrom(context)
  const params = paramsFor(target.protocol, await jsonFrom(args.optionalWord(2), signal))
  return withPeer(target, signal, async ({ peer, left }) => {
    peer.notify(args.word(1), params)
    // Answered behind the notification: if that ended the connection, this tells why.
    if (target.protocol.dialect().can.ping) await peer.ping({ timeout: left() })
    return EXIT.answered
  })
}
