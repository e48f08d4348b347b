// Traffic in a process of its own, seen from the soak: it is told to work or to rest, and tells what
// became of its calls.
import { type Ledger, type LedgerReport, within } from './ledger.js'
import { SoakProcess } from './process.js'

export type Order = { readonly work: boolean } | { readonly disturbed: boolean }
export type Told = { readonly rested: true } | { readonly report: LedgerReport }

/** Milliseconds for its lanes to rest. */
const REST_MS = 90_000

export class TrafficProcess extends SoakProcess {
  readonly #ledger: Ledger
  #rested: () => void = () => {}
  #working = false

  constructor(name: string, ledger: Ledger, program: string, args: readonly string[]) {
    super({
      name,
      program,
      args,
      message: (message) => this.#told(message as Told),
      line: (line) => line === 'ready' || ledger.fault(`the ${name} said: ${line}`),
    })
    this.#ledger = ledger
  }

  override async start(): Promise<void> {
    await super.start()
    this.disturbed(this.#ledger.disturbed)
    if (this.#working) this.send({ work: true } satisfies Order)
  }

  disturbed(is: boolean): void {
    this.send({ disturbed: is } satisfies Order)
  }

  async work(on: boolean): Promise<void> {
    this.#working = on
    const rested = new Promise<void>((resolve) => {
      this.#rested = resolve
    })
    this.send({ work: on } satisfies Order)
    if (!on) await within(`the rest of the ${this.name}`, REST_MS, rested)
  }

  #told(told: Told): void {
    if ('rested' in told) this.#rested()
    else this.#ledger.merge(told.report)
  }
}
