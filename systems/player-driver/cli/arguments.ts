// The words and options of one command, as its code asks for them.
import { driverEndpoint, endpointFrom } from '../src/ipc/endpoint.js'
import { usage } from './usage.js'

export class Arguments {
  readonly #words: readonly string[]
  readonly #values: Readonly<Record<string, string | boolean | undefined>>

  constructor(
    words: readonly string[],
    values: Readonly<Record<string, string | boolean | undefined>>,
  ) {
    this.#words = words
    this.#values = values
  }

  /** Undefined for an optional word that is not there. */
  word(index: number): string | undefined {
    return this.#words[index]
  }

  /** All of them. */
  get words(): readonly string[] {
    return this.#words
  }

  has(option: string): boolean {
    return this.#values[option] === true
  }

  value(option: string): string | undefined {
    const value = this.#values[option]
    return typeof value === 'string' ? value : undefined
  }

  /** `--at`, or where the driver is by default. */
  get endpoint(): string {
    const at = this.value('at')
    return at === undefined ? driverEndpoint() : endpointFrom(at)
  }

  /** A whole number above 0. */
  count(option: string): number | undefined {
    const text = this.value(option)
    if (text === undefined) return undefined
    const count = Number(text)
    if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count
    throw usage(`--${option} ${text} is no number from 1 up`)
  }

  /** Milliseconds of '500ms', '20s' or '2m'. */
  duration(option: string): number | undefined {
    const text = this.value(option)
    if (text === undefined) return undefined
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
    if (amount === undefined) throw usage(`--${option} ${text} is no time; write 500ms, 20s or 2m`)
    return Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm']
  }
}
