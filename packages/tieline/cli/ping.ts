// tieline ping: how long a round trip takes, as percentiles and a histogram.
import { setTimeout as sleep } from 'node:timers/promises'
import { command, EXIT } from '../src/command/command.js'
import type { Terminal } from '../src/command/terminal.js'
import { usage } from '../src/command/usage.js'
import type { Peer } from '../src/peer/peer.js'
import { bar, buckets, summary } from './histogram.js'
import { paramsFor } from './input.js'
import { jsonLine } from './json-form.js'
import { ENDPOINT, json, protocol, timeout } from './options.js'
import { type Session, type Target, targetFrom, withPeer } from './session.js'

/** A hundred: the least of which a 99th percentile says something. */
const COUNT = 100
/** With the count, about a second. */
const INTERVAL_MS = 10
/** Milliseconds between two progress lines: often enough to look alive. */
const PROGRESS_MS = 200

export const ping = command({
  name: 'ping',
  words: ['ENDPOINT'],
  options: {
    count: { kind: 'number', short: 'c', value: 'N', about: `how many (default ${COUNT})` },
    interval: {
      kind: 'duration',
      short: 'i',
      value: 'T',
      about: `pause between two: 0ms, 10ms, 1s (default ${INTERVAL_MS}ms)`,
    },
    call: {
      kind: 'text',
      value: 'METHOD',
      about: `time calls of this method, without params, and not pings:
for protocols without a ping, and for work of your own`,
    },
    protocol,
    timeout: timeout('for connecting, and for each round trip (default 10s)'),
    json: json('one line of JSON with the figures, in milliseconds'),
  },
  about: 'Measures round trips, one after another, and prints how long they took.',
  terms: { ENDPOINT },
  notes: 'Ctrl-C stops, and prints what there is.',
  example: [
    '$ tieline ping local:greeter -c 1000 -i 0ms',
    '$ tieline ping $NVIM --protocol msgpack-rpc --call nvim_get_mode',
  ],
  async run({ args, terminal, signal }) {
    const { count = COUNT, interval = INTERVAL_MS, call, json } = args.options
    const target = await targetFrom(args.words[0], args.options)
    const measure = measuring(target, call)
    const samples: number[] = []
    const pings = async ({ peer }: Session) => {
      let toldAt = performance.now()
      for (let sent = 0; sent < count; sent++) {
        if (sent > 0 && interval > 0) await sleep(interval, undefined, { signal })
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
      if (samples.length > 0) await report({ terminal, json }, target, count, samples)
    }
    return EXIT.done
  },
})

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
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
  { endpoint, protocol }: Target,
  count: number,
  samples: readonly number[],
): Promise<void> {
  const figures = summary(samples)
  if (json) {
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
    ...histogram(samples, terminal),
  ]
  await terminal.print(lines.join('\n'))
}

const PERCENTILES = ['min', 'p50', 'p90', 'p99', 'max'] as const

function histogram(samples: readonly number[], { paint, width: columns }: Terminal): string[] {
  const rows = buckets(samples)
  const most = Math.max(...rows.map(({ count }) => count))
  const borders = rows.map(({ from, to }) => [String(from), String(to)] as const)
  const width = (side: 0 | 1) => Math.max(...borders.map((border) => border[side].length))
  // What stands around a bar: two spaces, the label, two spaces; a space and the count.
  const longest = columns - width(0) - width(1) - 11 - String(most).length
  return rows.map(({ count }, index) => {
    const [from, to] = borders[index] as readonly [string, string]
    const label = `${from.padStart(width(0))} – ${to.padStart(width(1))} ms`
    const shown = count === 0 ? '' : `${paint('cyan', bar(count / most, longest))} ${count}`
    return `  ${paint('dim', label)}  ${shown}`.trimEnd()
  })
}

/** Three digits that mean something. */
function ms(milliseconds: number): string {
  const digits = milliseconds < 10 ? 3 : milliseconds < 100 ? 2 : 1
  return `${milliseconds.toFixed(digits).padStart(8)} ms`
}
