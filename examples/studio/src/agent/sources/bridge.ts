// The web bridge: its figures, second by second, and the load that makes them worth a look.
import { Agent, get } from 'node:http'
import { connectRpc } from '@tieline/web-bridge'
import type { Second, Traffic } from '../../protocol/studio.js'
import { Figures } from '../../web/figures.js'
import { pause } from '../pause.js'
import { Source } from '../source.js'

/** Seconds that are kept: as many as the chart shows, and one that leaves it. */
const KEPT = 61
/** Milliseconds until a bridge that is away is looked for again. */
const AGAIN_MS = 300
/** Milliseconds between two handfuls of requests. */
const EVERY_MS = 100
/** Connections to the bridge, as a browser or two would have. */
const SOCKETS = 12
/** Milliseconds after which a request is given up. */
const PATIENCE_MS = 5000
/** Requests a second, unless a page says otherwise: lively, and next to no work. */
const GENTLE = 24

export class BridgeWatch {
  readonly source = new Source<Traffic>('the web bridge', 'Unix socket · native')
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  readonly #seconds: Second[] = []
  #load = GENTLE
  #owed = 0
  #total = 0

  constructor(at: string, origin: string, signal: AbortSignal) {
    this.#url = `${origin}/work`
    const timer = setInterval(() => this.#ask(), EVERY_MS)
    signal.addEventListener('abort', () => {
      clearInterval(timer)
      this.#agent.destroy()
    })
    void this.#follow(at, signal)
  }

  load(perSecond: number): void {
    this.#load = perSecond
    this.#owed = 0
    this.#show()
  }

  burst(requests: number): void {
    for (let count = 0; count < requests; count++) this.#request()
  }

  async #follow(at: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await using rpc = await connectRpc({ at, signal })
        this.source.up(rpc.way === 'local' ? 'Unix socket · native' : 'HTTP · JSON')
        for await (const second of rpc.of(Figures).seconds(undefined, { signal })) this.#add(second)
        this.source.lost('the bridge ended')
      } catch (error) {
        if (!signal.aborted) this.source.lost((error as Error).message)
      }
      await pause(AGAIN_MS, signal)
    }
  }

  #add(second: Second): void {
    this.#seconds.push(second)
    if (this.#seconds.length > KEPT) this.#seconds.shift()
    for (const count of Object.values(second.by)) this.#total += count
    this.#show()
  }

  #show(): void {
    this.source.show({ seconds: [...this.#seconds], total: this.#total, load: this.#load })
  }

  #ask(): void {
    // What a bridge that is away can not answer is not asked for, or it would all come at once later.
    if (this.source.now.state !== 'up') return
    for (this.#owed += (this.#load * EVERY_MS) / 1000; this.#owed >= 1; this.#owed--) {
      this.#request()
    }
  }

  #request(): void {
    const asked = get(this.#url, { agent: this.#agent, timeout: PATIENCE_MS })
    asked.on('response', (response) => response.resume())
    asked.on('timeout', () => asked.destroy())
    // A request that failed: the bridge counts it where it got so far, and there is nobody else to tell.
    asked.on('error', () => {})
  }
}
