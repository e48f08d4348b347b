// Reads the fields of one configuration object, each by its kind, and refuses what is left: a
// misspelt field is told, never ignored.
import { invalidConfig } from '../domain/errors.js'
import { isNear } from './near.js'
import { bytesOf, millisecondsOf } from './quantities.js'

type Plain = Readonly<Record<string, unknown>>

export class Fields {
  readonly #values: Plain
  readonly #where: string
  readonly #known = new Set<string>()

  /** `where`: what the object is, for messages: 'an app', 'backoff'. Throws for what is no object. */
  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidConfig(`${where} must be an object`)
    }
    this.#values = value as Plain
    this.#where = where
  }

  /** The field as it is; undefined for one that is left out or null. */
  any(name: string): unknown {
    this.#known.add(name)
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined
  }

  text(name: string): string | undefined {
    return this.#read(name, 'a text without control characters', (value) =>
      typeof value === 'string' && plain(value) ? value : undefined,
    )
  }

  /** A text that must be there and not be empty. */
  requiredText(name: string): string {
    const text = this.text(name)
    if (text === undefined || text.trim() === '') {
      const near = Object.keys(this.#values).find((given) => given !== name && isNear(given, name))
      const hint = near === undefined ? '' : `; it has ${JSON.stringify(near.slice(0, 60))}`
      throw invalidConfig(`${this.#where} needs a ${name}${hint}`)
    }
    return text
  }

  /** A path: absolute and without '..', so that what is meant does not depend on who reads it. */
  path(name: string): string | undefined {
    return this.#read(name, "an absolute path without '..'", pathFrom)
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, 'true or false', (value) =>
      typeof value === 'boolean' ? value : undefined,
    )
  }

  number(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    return this.#read(name, `a number from ${least} to ${most}`, (value) =>
      typeof value === 'number' && value >= least && value <= most ? value : undefined,
    )
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    return this.#read(name, `an integer from ${least} to ${most}`, (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : undefined,
    )
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    return this.#read(
      name,
      "a time: seconds, a text such as '10s', or {secs, nanos}",
      millisecondsOf,
    )
  }

  /** Bytes. */
  size(name: string): number | undefined {
    return this.#read(name, "a size: bytes, or a text such as '100M'", bytesOf)
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    return this.#read(name, `one of ${values.join(', ')}`, (value) =>
      values.includes(value as T) ? (value as T) : undefined,
    )
  }

  texts(name: string): readonly string[] | undefined {
    return this.#read(name, 'a list of texts without NUL', (value) =>
      Array.isArray(value) && value.every(isArgument) ? [...(value as string[])] : undefined,
    )
  }

  paths(name: string): readonly string[] | undefined {
    return this.#read(name, "an absolute path without '..', or a list of them", (value) => {
      const all = Array.isArray(value) ? (value as unknown[]) : [value]
      const read = all.map(pathFrom)
      return read.every((path) => path !== undefined) ? (read as string[]) : undefined
    })
  }

  /** Names and texts; numbers and flags are taken as the texts they are written as. */
  textMap(name: string): Readonly<Record<string, string>> | undefined {
    return this.#read(name, 'an object of texts, its names without = and NUL', (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
      const map: Record<string, string> = {}
      for (const [key, each] of Object.entries(value)) {
        const text = typeof each === 'number' || typeof each === 'boolean' ? String(each) : each
        if (key === '' || /[=\0]/.test(key) || !isArgument(text)) return undefined
        if (key !== '__proto__') map[key] = text
      }
      return map
    })
  }

  /** All fields were asked for: what is left is refused. */
  end(): void {
    for (const name of Object.keys(this.#values)) {
      if (this.#known.has(name)) continue
      const near = [...this.#known].find((known) => isNear(name, known))
      const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`
      const shown = JSON.stringify(name.slice(0, 60))
      throw invalidConfig(`${this.#where} has no field ${shown}${hint}`)
    }
  }

  #read<T>(name: string, kind: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.any(name)
    if (value === undefined) return undefined
    const result = read(value)
    if (result === undefined) throw invalidConfig(`${name} of ${this.#where} must be ${kind}`)
    return result
  }
}

function plain(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  return !/[\u0000-\u001f\u007f]/.test(text)
}

/** An argument may have newlines; a NUL would end it. */
function isArgument(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

function pathFrom(value: unknown): string | undefined {
  if (typeof value !== 'string' || !plain(value) || !/^(\/|[A-Za-z]:[\\/])/.test(value)) {
    return undefined
  }
  return value.split(/[\\/]/).includes('..') ? undefined : value
}
