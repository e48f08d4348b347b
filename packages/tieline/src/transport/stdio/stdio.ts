// A channel over this process's own stdin and stdout, for a program that another one starts and
// talks to. Nothing else may write to stdout then: console.log would land between the bytes.
import type { Readable, Writable } from 'node:stream'
import type { Channel } from '../../channel/channel.js'
import { type Clock, systemClock } from '../../clock.js'
import { TielineError } from '../../errors.js'
import { StreamChannel } from '../stream/stream-channel.js'
import type { Listener, ListenOptions, Transport } from '../transport.js'

/** What `stdio` takes. */
export interface StdioOptions {
  /** Default process.stdin. */
  readonly input?: Readable
  /** Default process.stdout. */
  readonly output?: Writable
  /** Bytes not yet taken by the system before `send` returns false. Default 64 KiB. */
  readonly highWater?: number
  readonly clock?: Clock
}

const ENDPOINT = 'stdio:'

/**
 * The other program at this process's stdin and stdout. There is one channel, for `listen` or for
 * `connect`, and one only: after it both reject with `endpoint-in-use`. Use console.error for
 * messages, or `console.log = console.error`. Closing ends stdout where that is a socket (as it is
 * for a child of Node); on a pipe the other side sees the end when this process exits.
 */
export function stdio(options: StdioOptions = {}): Transport {
  let used = options.input === undefined && ownStdioTaken
  const take = (): Channel => {
    if (used) {
      const message = `${ENDPOINT} is in use: a process has one stdin and one stdout`
      throw new TielineError('endpoint-in-use', message, { origin: 'channel', endpoint: ENDPOINT })
    }
    used = true
    if (options.input === undefined) ownStdioTaken = true
    return stdioChannel(options)
  }
  return {
    endpoint: ENDPOINT,
    async connect() {
      return take()
    },
    async listen(listening: ListenOptions): Promise<Listener> {
      const channel = take()
      let accepted = false
      let closed = false
      ;(options.clock ?? systemClock).soon(() => {
        if (closed) return
        accepted = true
        listening.accept(channel)
      })
      return {
        endpoint: ENDPOINT,
        // Before it is accepted, the channel itself is what keeps the process alive.
        hold: (alive) => {
          if (!accepted) channel.hold(alive)
        },
        async close() {
          closed = true
          if (!accepted) await channel.close()
        },
      }
    },
  }
}

// Stdin and stdout are the process's, not the transport's.
let ownStdioTaken = false

interface Held {
  ref?(): void
  unref?(): void
}

/** Lets a stream keep the process alive or not, where it has a say in it. */
export function holdStream(stream: Readable | Writable, alive: boolean): void {
  const held = stream as Held
  if (alive) held.ref?.()
  else held.unref?.()
}

function stdioChannel(options: StdioOptions): Channel {
  const input = options.input ?? process.stdin
  const output = options.output ?? process.stdout
  const clock = options.clock ?? systemClock
  return new StreamChannel(
    input,
    output,
    { endpoint: ENDPOINT },
    {
      // The other side has a pipe of its own for each way: nothing is broken off.
      linger: false,
      clock,
      highWater: options.highWater,
      hold: (alive) => {
        holdStream(input, alive)
        holdStream(output, alive)
      },
      release(why, done) {
        // Stdin is let go of: the other side's writes fail, and it keeps no process alive.
        input.destroy()
        if (!output.writableEnded) output.destroy()
        clock.soon(() => done(why))
      },
    },
  )
}
