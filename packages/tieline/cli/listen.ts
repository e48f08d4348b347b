// tieline listen: the items of a stream, or the notifications of the other side, as they come.
import { setTimeout as sleep } from 'node:timers/promises'
import { command, EXIT } from '../src/command/command.js'
import type { Terminal } from '../src/command/terminal.js'
import { oneLine } from '../src/command/text.js'
import { TielineError } from '../src/errors.js'
import type { Service } from '../src/peer/call.js'
import type { Peer } from '../src/peer/peer.js'
import { jsonFrom, paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { ENDPOINT, JSON_PARAMS, json, protocol, timeout } from './options.js'
import { type Session, targetFrom, withPeer } from './session.js'
import { show } from './show.js'

export const listen = command({
  name: 'listen',
  words: ['ENDPOINT', '[STREAM]', '[JSON]'],
  options: {
    count: { kind: 'number', short: 'n', value: 'N', about: 'stop after N' },
    protocol,
    timeout: timeout(`for connecting and the first item: 500ms, 5s, 2m
(default 10s for connecting, and no end for items)`),
    json: json(`one line of JSON for each item; for notifications
{"method": …, "params": …}`),
  },
  about: `Prints the items of a stream as they come, until it ends. Without STREAM:
prints the notifications that the other side sends.`,
  terms: {
    ENDPOINT,
    STREAM: `tieline describe lists the streams there are.
MessagePack-RPC has none: there it is a method, called
first, that asks the other side for its notifications`,
    JSON: JSON_PARAMS,
  },
  notes: `Ctrl-C ends the stream on the other side. A slow reader of stdout slows the
other side down; nothing is dropped.`,
  example: [
    `$ tieline listen local:greeter ticks '{"everyMs": 500}' -n 2
1
2`,
    `$ tieline listen $NVIM nvim_subscribe '"saved"' --protocol msgpack-rpc
saved ["/etc/hosts"]`,
  ],
  async run({ args, terminal, signal }) {
    const [endpoint, stream, json] = args.words
    const most = args.options.count ?? Number.POSITIVE_INFINITY
    const output = { terminal, most, json: args.options.json }
    const target = await targetFrom(endpoint, args.options)
    const params = paramsFor(target.protocol, await jsonFrom(json, signal))
    const timeout = (left: () => number) => (target.bounded ? { timeout: left() } : {})
    if (stream !== undefined && target.protocol.dialect().can.item) {
      return withPeer(target, signal, async ({ peer, left }) => {
        const items = peer.stream(stream, params, { signal, ...timeout(left) })
        await hinted(peer, stream, 'stream', () => printItems(output, items))
        return EXIT.done
      })
    }
    const inbox = new Inbox(output)
    const subscribe = async ({ peer, left }: Session) => {
      if (stream === undefined) {
        void tellWhatThereIs(peer, terminal, signal)
        return
      }
      const subscribed = () => peer.call(stream, params, { signal, ...timeout(left) })
      await hinted(peer, stream, 'call', subscribed)
    }
    const receive = async (session: Session) => {
      const ends = [subscribe(session).then(() => inbox.full), ended(session.peer, most, inbox)]
      if (target.bounded) ends.push(silence(inbox, target.endpoint, session.left()))
      await Promise.race(ends)
      return EXIT.done
    }
    return withPeer(target, signal, receive, inbox.service)
  },
})

interface Output {
  readonly terminal: Terminal
  readonly json: boolean
  /** How many are printed. */
  readonly most: number
}

async function hinted<T>(
  peer: Peer,
  method: string,
  used: 'call' | 'stream',
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const { withHint } = await import('./described.js')
    throw await withHint(error, peer, method, used)
  }
}

async function printItems(
  { terminal, json, most }: Output,
  items: AsyncIterable<unknown>,
): Promise<void> {
  const form = json ? jsonLine : (item: unknown) => show(item, terminal)
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
  /** How many have come. */
  count = 0

  constructor({ terminal, json, most }: Output) {
    const form = json ? jsonNotification : shownNotification
    let filled: () => void = () => {}
    this.full = new Promise((resolve) => {
      filled = resolve
    })
    this.service = async ({ kind, method, params }) => {
      if (kind !== 'notify') throw refusal(method)
      // Several of them may wait for stdout at once, each with its own number.
      this.count++
      const number = this.count
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

/** Rejects when nothing has come in the time that is left. */
async function silence(inbox: Inbox, endpoint: string, left: number): Promise<void> {
  // It keeps nobody waiting who has what they wanted.
  await sleep(left, undefined, { ref: false })
  if (inbox.count > 0) return inbox.full
  throw new TielineError('deadline-exceeded', `no notification came from ${endpoint} in time`)
}

/** That the other side ends the connection is an end like any other, unless more was to come. */
async function ended(peer: Peer, most: number, inbox: Inbox): Promise<void> {
  const { error } = await peer.closed
  if (inbox.count >= most) return inbox.full
  if (error) throw error
  if (most === Number.POSITIVE_INFINITY) return
  const message = `the other side closed the connection after ${inbox.count} of ${most} notifications`
  throw new TielineError('connection-lost', message, { origin: 'channel' })
}

/** Milliseconds: who describes itself does so at once; longer and the note would come too late. */
const NOTE_MS = 1000

/** For a person who may not know what to listen to. */
async function tellWhatThereIs(peer: Peer, terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (!terminal.notesSeen) return
  const { methodsOf } = await import('./described.js')
  const streams = (await methodsOf(peer, NOTE_MS)).filter(({ kind }) => kind === 'stream')
  if (signal.aborted) return
  const names = streams.map(({ name }) => oneLine(name)).join(', ')
  const also = names === '' ? '' : `; streams here: ${names}`
  terminal.note(`waiting for notifications (Ctrl-C ends)${also}`, 'dim')
}
