// tieline listen: the items of a stream, or the notifications of the other side, as they come.

import type { Terminal } from '../src/command/terminal.js'
import { TielineError } from '../src/errors.js'
import type { Service } from '../src/peer/call.js'
import type { Peer } from '../src/peer/peer.js'
import { type Command, type Context, EXIT } from './command.js'
import { countFrom, jsonFrom, paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { type Session, targetFrom, withPeer } from './session.js'
import { oneLine, show } from './show.js'

export const listen: Command = {
  name: 'listen',
  words: ['ENDPOINT', '[STREAM]', '[JSON]'],
  options: {
    count: { takesValue: true, short: 'n' },
    protocol: { takesValue: true },
    timeout: { takesValue: true },
    json: {},
  },
  help: `tieline listen ENDPOINT [STREAM] [JSON]

Prints the items of a stream as they come, until it ends. Without STREAM:
prints the notifications that the other side sends.

  ENDPOINT          local:NAME, unix:/PATH, pipe:NAME, or the path of a socket
  STREAM            tieline describe lists the streams there are.
                    MessagePack-RPC has none: there it is a method, called
                    first, that asks the other side for its notifications
  JSON              the params; - reads them from stdin, @FILE from a file

  -n, --count N     stop after N
  --protocol NAME   native (the default), msgpack-rpc, json-rpc (in lines)
                    or json-rpc-content-length
  --timeout TIME    for connecting and the first item: 500ms, 5s, 2m
                    (default 10s for connecting, and no end for items)
  --json            one line of JSON for each item; for notifications
                    {"method": …, "params": …}

Ctrl-C ends the stream on the other side. A slow reader of stdout slows the
other side down; nothing is dropped.

Examples:
  $ tieline listen local:greeter ticks '{"everyMs": 500}' -n 2
  1
  2

  $ tieline listen $NVIM nvim_subscribe '"saved"' --protocol msgpack-rpc
  saved ["/etc/hosts"]`,
  run,
}

async function run(context: Context): Promise<number> {
  const { args, signal } = context
  const most = countFrom(args, 'count', 'n') ?? Number.POSITIVE_INFINITY
  const stream = args.optionalWord(1)
  const target = await targetFrom(context)
  const params = paramsFor(target.protocol, await jsonFrom(args.optionalWord(2), signal))
  const timeout = (left: () => number) => (target.bounded ? { timeout: left() } : {})
  if (stream !== undefined && target.protocol.dialect().can.item) {
    return withPeer(target, signal, async ({ peer, left }) => {
      const items = peer.stream(stream, params, { signal, ...timeout(left) })
      await hinted(peer, stream, () => printItems(context, items, most))
      return EXIT.answered
    })
  }
  const inbox = new Inbox(context, most)
  const subscribe = async ({ peer, left }: Session) => {
    if (stream === undefined) {
      void tellWhatThereIs(peer, context.terminal)
      return
    }
    await hinted(peer, stream, () => peer.call(stream, params, { signal, ...timeout(left) }))
  }
  const receive = async (session: Session) => {
    await Promise.race([subscribe(session).then(() => inbox.full), ended(session.peer)])
    return EXIT.answered
  }
  return withPeer(target, signal, receive, inbox.service)
}

async function hinted<T>(peer: Peer, method: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const { withHint } = await import('./described.js')
    throw await withHint(error, peer, method)
  }
}

async function printItems(
  { args, terminal }: Context,
  items: AsyncIterable<unknown>,
  most: number,
): Promise<void> {
  const form = args.has('json') ? jsonLine : (item: unknown) => show(item, terminal)
  let count = 0
  for await (const item of items) {
    await terminal.print(form(item))
    count++
    if (count === most) return
  }
}

/** Prints the notifications that come, and refuses calls: a listener offers nothing. */
class Inbox {
  readonly full: Promise<void>
  readonly service: Service

  constructor({ args, terminal }: Context, most: number) {
    const form = args.has('json') ? jsonNotification : shownNotification
    let filled: () => void = () => {}
    this.full = new Promise((resolve) => {
      filled = resolve
    })
    let count = 0
    this.service = async ({ kind, method, params }) => {
      if (kind !== 'notify') throw refusal(method)
      // Several of them may wait for stdout at once, each with its own number.
      count++
      const number = count
      if (number > most) return
      await terminal.print(form(method, params, terminal))
      if (number === most) filled()
    }
  }
}

function refusal(method: string): TielineError {
  return new TielineError('unknown-method', `tieline listen answers no calls: ${method}`, {
    crosses: true,
  })
}

function jsonNotification(method: string, params: unknown): string {
  return jsonLine({ method, params })
}

function shownNotification(method: string, params: unknown, terminal: Terminal): string {
  const name = terminal.paint('bold', oneLine(method))
  if (params === undefined || params === null) return name
  // Laid out for the width without the name: a long one wraps, which beats breaking a short value.
  return `${name} ${show(params, terminal)}`
}

async function ended(peer: Peer): Promise<void> {
  const { error } = await peer.closed
  if (error) throw error
}

/** For a person who may not know what to listen to. */
async function tellWhatThereIs(peer: Peer, terminal: Terminal): Promise<void> {
  if (!terminal.notesSeen) return
  const { methodsOf } = await import('./described.js')
  const streams = (await methodsOf(peer)).filter(({ kind }) => kind === 'stream')
  const names = streams.map(({ name }) => oneLine(name)).join(', ')
  const also = names === '' ? '' : `; streams here: ${names}`
  terminal.note(`waiting for notifications (Ctrl-C ends)${also}`, 'dim')
}
