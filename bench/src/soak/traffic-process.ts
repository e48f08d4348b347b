// Traffic in a process of its own, seen from the soak: it is told to work or to rest, and tells what
// became of its calls.
import { type Ledger, type LedgerReport, within } from './ledger.js'
import { SoakProcess } from './process.js'

export type Order =
  | { readonly work: boolean }
  | { readonly disturbed: boolean }
  | { readonly look: true }
/** `missing`: what is not as it should be; null when all is. */
export type Told =
  | { readonly rested: true }
  | { readonly missing: string | null }
  | { readonly heard: true }
  | { readonly report: LedgerReport }

/** Milliseconds for its lanes to rest. */
const REST_MS = 90_000

export class TrafficProcess extends SoakProcess {
  readonly #ledger: Ledger
  #rested: () => void = () => {}
  #heard: () => void = () => {}
  #looked: (missing: string | null) => void = () => {}
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
    await this.disturbed(this.#ledger.disturbed)
    if (this.#working) this.send({ work: true } satisfies Order)
  }

  /** Resolves when it knows: else it could see the loss first, and take it for a fault. */
  async disturbed(is: boolean): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#heard = resolve
    })
    this.send({ disturbed: is } satisfies Order)
    await within(`the ${this.name} being told`, REST_MS, heard)
  }

  /** What is missing in its own eyes: its clients know of a loss later than the soak's. */
  async missing(): Promise<string | undefined> {
    const told = new Promise<string | null>((resolve) => {
      this.#looked = resolve
    })
    this.send({ look: true } satisfies Order)
    return (await within(`a look of the ${this.name}`, REST_MS, told)) ?? undefined
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
    else if ('heard' in told) this.#heard()
    else if ('missing' in told) this.#looked(told.missing)
    else this.#ledger.merge(told.report)
  }
}
