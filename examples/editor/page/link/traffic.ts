// Counts what goes over a transport's channels, and makes rates of counts.
import { type Channel, tap } from 'tieline/channel'
import type { Transport } from 'tieline/transport'

export class Traffic {
  received = 0
  sent = 0

  /** The same transport, with its channels counted. */
  counted(transport: Transport): Transport {
    return {
      ...transport,
      connect: async (options) => this.#tapped(await transport.connect(options)),
    }
  }

  #tapped(channel: Channel): Channel {
    return tap(channel, {
      received: ({ byteLength }) => {
        this.received += byteLength
      },
      sent: (data) => {
        const pieces = data instanceof Uint8Array ? [data] : data
        for (const { byteLength } of pieces) this.sent += byteLength
      },
    })
  }
}

/** How fast a count grows, from one look to the next. */
export class Rate {
  #count = 0
  #at: number | undefined

  /** Per second since the last look; 0 at the first. `at` in milliseconds. */
  look(count: number, at: number): number {
    const seconds = this.#at === undefined ? 0 : (at - this.#at) / 1000
    const grown = count - this.#count
    this.#count = count
    this.#at = at
    return seconds > 0 ? grown / seconds : 0
  }
}
