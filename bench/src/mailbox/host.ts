// One process of the file channel's suite: an echo and counter at one side, or the one that measures.
// Started with `fork`; answers over its own channel to the parent.
import { original } from './original.js'
import { ours } from './ours.js'
import type { Side } from './side.js'

export type Task = 'round-trip' | 'one-way' | 'idle'

/** What the measuring process says when it is done. */
export interface Figures {
  /** Milliseconds of each round trip. */
  readonly times?: readonly number[]
  /** Messages that arrived at the other side, of how many sent, in how many milliseconds. */
  readonly arrived?: number
  readonly sent?: number
  readonly ms?: number
}

const [subject, role, directory, task, lengthText] = process.argv.slice(2) as [
  string,
  string,
  string,
  Task,
  string,
]
const length = Number(lengthText)
/** About 100 bytes, as in the other suites. */
const BODY = {
  name: 'Ada',
  at: 'a place',
  count: 17,
  tags: ['x', 'y'],
  ok: true,
  text: 'hello there',
}
/** Messages given to the channel at once. */
const AHEAD = 500

const side = await (subject === 'original' ? original : ours)(directory, role === 'server')
if (role === 'server') serve(side)
else process.on('message', () => void measure(side).then((figures) => process.send?.(figures)))
// The parent is gone: so is the reason to be here.
process.on('disconnect', () => process.exit())
process.send?.('ready')

/** Echoes requests; counts numbers and tells how many different ones came when it is asked. */
function serve(server: Side): void {
  const seen = new Set<unknown>()
  let last = 0
  server.receive((message) => {
    if (message.method === 'echo') {
      void server.send({ type: 'response', reply_to: message.id, payload: message.payload })
    } else if (message.method === 'number') {
      seen.add((message.payload as { n: number }).n)
      last = performance.now()
    }
  })
  process.on('message', (word) => {
    if (word === 'cpu') process.send?.({ cpu: process.cpuUsage() })
    else process.send?.({ arrived: seen.size, quietMs: performance.now() - last })
  })
}

async function measure(client: Side): Promise<Figures> {
  if (task === 'round-trip') return roundTrips(client)
  const start = performance.now()
  let sent = 0
  const running = new Set<Promise<unknown>>()
  while (performance.now() - start < length) {
    for (let i = running.size; i < AHEAD; i++) {
      const sending = client.send({
        type: 'event',
        method: 'number',
        payload: { n: sent++, ...BODY },
      })
      running.add(sending)
      void sending.then(() => running.delete(sending))
      // The original sends while it is called: it would be at it long after its time.
      if (performance.now() - start >= length) break
    }
    await Promise.race(running)
  }
  await Promise.all(running)
  return { sent, ms: performance.now() - start }
}

async function roundTrips(client: Side): Promise<Figures> {
  const times: number[] = []
  let answered: (id: string | null | undefined) => void = () => {}
  client.receive((message) => answered(message.reply_to))
  for (let i = 0; i < length; i++) {
    const start = performance.now()
    let id: string | undefined
    const early = new Set<string | null | undefined>()
    const answer = new Promise<void>((resolve) => {
      answered = (replyTo) => {
        if (id === undefined) early.add(replyTo)
        else if (replyTo === id) resolve()
      }
    })
    id = await client.send({ type: 'request', method: 'echo', payload: BODY })
    if (!early.has(id)) await answer
    times.push(performance.now() - start)
  }
  return { times }
}
