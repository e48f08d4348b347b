// tieline ping: how long a round trip takes, as percentiles and a histogram.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Paint } from '../src/command/terminal.js'
import type { Peer } from '../src/peer/peer.js'
import { type Command, type Context, EXIT } from './command.js'
import { bar, buckets, summary } from './histogram.js'
import { countFrom, durationFrom, paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { type Session, type Target, targetFrom, withPeer } from './session.js'
import { usage } from './usage.js'

/** A hundred: the least of which a 99th percentile says something. */
const COUNT = 100
/** With the count, about a second. */
const INTERVAL_MS = 10
/** Milliseconds between two progress lines: often enough to look alive. */
const PROGRESS_MS = 200

export const ping: Command = {
  name: 'ping',
  words: ['ENDPOINT'],
  options: {
    count: { takesValue: true, short: 'c' },
    interval: { takesValue: true, short: 'i' },
    call: { takesValue: true },
    protocol: { takesValue: true },
    timeout: { takesValue: true },
    json: {},
  },
  help: `tieline ping ENDPOINT

Measures round trips, one after another, and prints how long they took.

  ENDPOINT           local:NAME, unix:/PATH, pipe:NAME, or the path of a socket

  -c, --count N      how many (default ${COUNT})
  -i, --interval T   pause between two: 0ms, 10ms, 1s (default ${INTERVAL_MS}ms)
  --call METHOD      time calls of this method, without params, and not pings:
                     for protocols without a ping, and for work of your own
  --protocol NAME    native (the default), msgpack-rpc, json-rpc (in lines)
                     or json-rpc-content-length
  --timeout TIME     for connecting, and for each round trip (default 10s)
  --json             one line of JSON with the figures, in milliseconds

Ctrl-C stops, and prints what there is.

Examples:
  $ tieline ping local:greeter -c 1000 -i 0ms
  $ tieline ping $NVIM --protocol msgpack-rpc --call nvim_get_mode`,
  run,
}

async function run(context: Context): Promise<number> {
  const { args, terminal, signal } = context
  const count = countFrom(args, 'count', 'c') ?? COUNT
  const intervalMs = durationFrom(args, 'interval') ?? INTERVAL_MS
  const target = await targetFrom(context)
  const measure = measuring(target, args.value('call'))
  const samples: number[] = []
  const pings = async ({ peer }: Session) => {
    let toldAt = performance.now()
    for (let sent = 0; sent < count; sent++) {
      if (sent > 0 && intervalMs > 0) await sleep(intervalMs, undefined, { signal })
      samples.push(await measure(peer, signal))
      const now = performance.now()
      if (now - toldAt < PROGRESS_MS) continue
      toldAt = now
      terminal.progress(`${samples.length} of ${count}`)
    }
  }
  try {
    await withPeer(target, signal, pings)
  } finally {
    // Also of one that was interrupted, or whose other side went away: what was measured is true.
    terminal.progress('')
    if (samples.length > 0) await report(context, target, count, samples)
  }
  return EXIT.answered
}

type Measure = (peer: Peer, signal: AbortSignal) => Promise<number>

function measuring({ protocol, connectMs: timeout }: Target, method: string | undefined): Measure {
  if (method !== undefined) {
    const params = paramsFor(protocol, undefined)
    return async (peer, signal) => {
      const before = performance.now()
      await peer.call(method, params, { timeout, signal })
      return performance.now() - before
    }
  }
  if (protocol.dialect().can.ping) return (peer) => peer.ping({ timeout })
  throw usage(`${protocol.name} has no ping; time a call instead: --call METHOD`)
}

async function report(
  { args, terminal }: Context,
  { endpoint, protocol }: Target,
  count: number,
  samples: readonly number[],
): Promise<void> {
  const figures = summary(samples)
  if (args.has('json')) {
    const all = { endpoint, protocol: protocol.name, sent: count, answered: samples.length }
    await terminal.print(jsonLine({ ...all, ...figures }))
    return
  }
  const { paint } = terminal
  const lines = [
    `${paint('bold', endpoint)}  ${samples.length} of ${count} answered`,
    '',
    ...PERCENTILES.map((name) => `${paint('dim', name.padStart(5))}  ${ms(figures[name])}`),
    '',
    ...histogram(samples, paint),
  ]
  await terminal.print(lines.join('\n'))
}

const PERCENTILES = ['min', 'p50', 'p90', 'p99', 'max'] as const

function histogram(samples: readonly number[], paint: Paint): string[] {
  const rows = buckets(samples)
  const most = Math.max(...rows.map(({ count }) => count))
  const borders = rows.map(({ from, to }) => [String(from), String(to)] as const)
  const width = (side: 0 | 1) => Math.max(...borders.map((border) => border[side].length))
  return rows.map(({ count }, index) => {
    const [from, to] = borders[index] as readonly [string, string]
    const label = `${from.padStart(width(0))} – ${to.padStart(width(1))} ms`
    const shown = count === 0 ? '' : `${paint('cyan', bar(count / most))} ${count}`
    return `  ${paint('dim', label)}  ${shown}`.trimEnd()
  })
}

/** Three digits that mean something. */
function ms(milliseconds: number): string {
  const digits = milliseconds < 10 ? 3 : milliseconds < 100 ? 2 : 1
  return `${milliseconds.toFixed(digits).padStart(8)} ms`
}
