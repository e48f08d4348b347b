// A client that measures its calls one after the other, or floods the server with one kind of thing.
import { connect, isTielineError } from 'tieline'
import { quantile } from '../../statistics.js'
import type { FloodKind, FloodOrder, FloodTold } from '../flood.js'
import { placeFrom, SoakContract } from '../native-contract.js'

const { directory } = placeFrom(process.argv.slice(2))
const client = await connect(SoakContract, { at: `unix:${directory}/native.sock` })
/** Notifications of one tick; then the connection is given a turn. */
const BURST = 1000
/** Calls or subscriptions begun at once: as many again as the limit of calls in flight. */
const AT_ONCE = 2000

process.on('message', (order: FloodOrder) => {
  const told = order.flood ? flood(order.flood, order.ms) : measure(order.ms)
  told.then(
    (figures) => process.send?.(figures),
    (error: Error) => process.send?.({ error: error.message } satisfies FloodTold),
  )
})
process.once('SIGTERM', () => {
  process.disconnect?.()
  void client.$connection.close()
})
process.once('disconnect', () => void client.$connection.close())
process.stdout.write('ready\n')

async function measure(ms: number): Promise<FloodTold> {
  const times: number[] = []
  const end = performance.now() + ms
  while (performance.now() < end) {
    const begun = performance.now()
    await client.echo({ n: 1, text: 'small' }, { timeout: '20s' })
    times.push(performance.now() - begun)
  }
  return {
    p99: quantile(
      times.sort((a, b) => a - b),
      0.99,
    ),
  }
}

async function flood(kind: FloodKind, ms: number): Promise<FloodTold> {
  const end = performance.now() + ms
  let sent = 0
  let refused = 0
  const attempt = async (run: () => Promise<unknown> | undefined) => {
    sent++
    try {
      await run()
    } catch (error) {
      if (!isTielineError(error, 'resource-exhausted')) throw error
      refused++
    }
  }
  while (performance.now() < end) {
    if (kind === 'notifications') {
      for (let i = 0; i < BURST; i++) void attempt(marked)
      await new Promise((resolve) => setImmediate(resolve))
    } else {
      const run = kind === 'calls' ? () => client.echo({ n: 1, text: 'small' }) : () => subscribe()
      await Promise.all(Array.from({ length: AT_ONCE }, () => attempt(run)))
    }
  }
  // Everything that was sent before is handled when this is answered. While too much waits it is refused.
  while (!(await handled())) await new Promise((resolve) => setTimeout(resolve, 10))
  return { sent, refused }
}

async function handled(): Promise<boolean> {
  try {
    await client.marked(undefined, { timeout: '60s' })
    return true
  } catch (error) {
    if (isTielineError(error, 'resource-exhausted')) return false
    throw error
  }
}

let marks = 0

function marked(): undefined {
  client.mark(++marks)
}

/** One item is read, and the stream left. */
async function subscribe(): Promise<void> {
  for await (const _ of client.count({ to: 10 })) break
}
