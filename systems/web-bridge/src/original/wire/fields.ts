// Reading the fields of a message strictly: a field of the wrong type is malformed, one that nobody
// knows is passed over.
import { TielineError } from 'tieline'

export type Fields = Readonly<Record<string, unknown>>

export function malformed(message: string): TielineError {
  return new TielineError('malformed', message, { origin: 'protocol' })
}

/** Throws `malformed` unless it is a map with string keys. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value)
    // A Map, a Date, bytes: what MessagePack has besides maps of texts.
    if (prototype === Object.prototype || prototype === null) return value as Fields
  }
  throw malformed(`${what} must be a map with texts as its keys`)
}

/** Own fields only: none of the names that every object has. */
function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** `where`: the type of the message, for what is said about it. */
export function textField(fields: Fields, name: string, where: string): string {
  const value = field(fields, name)
  if (typeof value === 'string') return value
  throw malformed(`${name} of ${where} must be a text`)
}

/** Null counts as left out: the original writes either. */
export function optionalText(fields: Fields, name: string, where: string): string | undefined {
  const value = field(fields, name)
  return value === undefined || value === null ? undefined : textField(fields, name, where)
}

export function flagField(fields: Fields, name: string, where: string): boolean {
  const value = field(fields, name)
  if (typeof value === 'boolean') return value
  throw malformed(`${name} of ${where} must be true or false`)
}

/** An integer in a range, both ends included. */
export function countField(
  fields: Fields,
  name: string,
  where: string,
  [least, most]: readonly [number, number],
): number {
  const value = field(fields, name)
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number
  }
  throw malformed(`${name} of ${where} must be an integer from ${least} to ${most}`)
}

export function optionalCount(
  fields: Fields,
  name: string,
  where: string,
  range: readonly [number, number],
): number | undefined {
  const value = field(fields, name)
  return value === undefined || value === null ? undefined : countField(fields, name, where, range)
}

export function mapField(fields: Fields, name: string, where: string): Fields {
  return fieldsOf(field(fields, name), `${name} of ${where}`)
}

/** A map of texts to texts. */
export function textsField(
  fields: Fields,
  name: string,
  where: string,
): Readonly<Record<string, string>> {
  const map = mapField(fields, name, where)
  for (const value of Object.values(map)) {
    if (typeof value !== 'string') throw malformed(`${name} of ${where} must hold texts only`)
  }
  return map as Readonly<Record<string, string>>
}

/** Whatever it is; null where it is not there. */
export function anyField(fields: Fields, name: string): unknown {
  return field(fields, name) ?? null
}
