// Values that JSON has no form for, as JSON: an object with one name that begins with `$`. The same
// forms are read in arguments and written by --json, so that an answer can be sent back as it came.
import { Extension, isExtension } from '../src/codec/msgpack/extension.js'
import { harmless } from '../src/command/text.js'
import { usage } from '../src/command/usage.js'
import { defaultLimits } from '../src/limits.js'

/** One line of JSON for any decoded value. What would steer a terminal is in it as JSON's own escapes. */
export function jsonLine(value: unknown): string {
  return harmless(JSON.stringify(written(value)) ?? 'null')
}

function written(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: String(value) }
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' }
      return Number.isFinite(value) && !looksRounded(value) ? value : { $number: String(value) }
    case 'object':
      return value === null ? null : writtenObject(value)
    default:
      return value
  }
}

function writtenObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(written)
  if (value instanceof Uint8Array) return { $base64: base64(value) }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (value instanceof Map) {
    return { $map: [...value].map(([key, entry]) => [written(key), written(entry)]) }
  }
  if (isExtension(value)) return { $ext: [value.type, base64(value.data)] }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, written(entry)]))
}

/** The value that parsed JSON stands for. Throws `usage` for a form that is not right. */
export function fromJson(parsed: unknown): unknown {
  return read(parsed, 0)
}

function read(parsed: unknown, depth: number): unknown {
  if (typeof parsed === 'number' && looksRounded(parsed)) {
    throw usage(`${parsed} has lost digits: write integers past 2^53 as {"$bigint": "…"}`)
  }
  if (typeof parsed !== 'object' || parsed === null) return parsed
  if (depth === defaultLimits.depth) {
    throw usage(`the JSON has more than ${depth} arrays and objects inside one another`)
  }
  if (Array.isArray(parsed)) return parsed.map((entry) => read(entry, depth + 1))
  const entries = Object.entries(parsed)
  const [first] = entries
  if (first?.[0].startsWith('$') && entries.length === 1 && Object.hasOwn(FORMS, first[0])) {
    const [name, content] = first
    return (FORMS[name] as Form)(content, depth)
  }
  const value: Record<string, unknown> = {}
  for (const [name, entry] of entries) {
    if (name === '__proto__') throw usage('the JSON has the name __proto__, which is never sent')
    value[name] = read(entry, depth + 1)
  }
  return value
}

/**
 * An integer past 2^53, where JSON.parse has rounded what was written. Past 2^64 there are no integers
 * on any wire, only floating point, of which rounding is expected.
 */
function looksRounded(number: number): boolean {
  return Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) <= 2 ** 64
}

type Form = (content: unknown, depth: number) => unknown

const FORMS: Readonly<Record<string, Form>> = {
  $base64: (content) => bytesOf('$base64', content),
  $bigint(content) {
    if (typeof content === 'string' && /^-?\d+$/.test(content)) return BigInt(content)
    throw wrong('$bigint', 'an integer in quotes')
  },
  $number(content) {
    const special = /^(?:NaN|-?Infinity|-?\d+)$/
    if (typeof content === 'string' && special.test(content)) return Number(content)
    throw wrong('$number', '"NaN", "Infinity", "-Infinity" or a whole number in quotes')
  },
  $date(content) {
    const date = new Date(typeof content === 'string' ? content : Number.NaN)
    if (!Number.isNaN(date.getTime())) return date
    throw wrong('$date', 'a date such as "2026-11-21T09:00:00Z"')
  },
  $map(content, depth) {
    const isPair = (entry: unknown): entry is [unknown, unknown] =>
      Array.isArray(entry) && entry.length === 2
    if (!Array.isArray(content) || !content.every(isPair)) throw wrong('$map', '[[key, value], …]')
    return new Map(content.map(([key, entry]) => [read(key, depth + 1), read(entry, depth + 1)]))
  },
  $ext(content) {
    const [type, data] = Array.isArray(content) && content.length === 2 ? content : []
    if (Number.isInteger(type) && type >= -128 && type <= 127) {
      return new Extension(type, bytesOf('$ext', data))
    }
    throw wrong('$ext', '[type from -128 to 127, "base64"]')
  },
}

function wrong(form: string, expected: string): Error {
  return usage(`${form} in the JSON must hold ${expected}`)
}

function bytesOf(form: string, content: unknown): Uint8Array {
  const isBase64 =
    typeof content === 'string' &&
    content.length % 4 === 0 &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(content)
  if (!isBase64) throw wrong(form, 'base64 in quotes, padded with =')
  return new Uint8Array(Buffer.from(content, 'base64'))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
