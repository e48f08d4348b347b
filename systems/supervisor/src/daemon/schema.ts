// Small schemas for the contract: a command starts quicker without a library for them.
import type { Schema } from 'tieline'

/** A schema of a function that returns the checked value or throws what is wrong. */
export function checkedBy<Sent, Received = Sent>(
  read: (value: unknown) => Received,
): Schema<Sent, Received> {
  return {
    '~standard': {
      version: 1,
      vendor: 'superctl',
      validate(value) {
        try {
          return { value: read(value) }
        } catch (error) {
          if (!(error instanceof Error)) throw error
          return { issues: [{ message: error.message }] }
        }
      },
    },
  }
}

export interface FieldKinds {
  readonly [field: string]: 'text' | 'text?' | 'integer?' | 'list' | 'object'
}

/** An object with these fields; a question mark: it may be left out. Others are dropped. */
export function object<T>(kinds: FieldKinds): Schema<T> {
  return checkedBy<T>((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`expected an object with ${Object.keys(kinds).join(', ')}`)
    }
    const given = value as Readonly<Record<string, unknown>>
    const read: Record<string, unknown> = {}
    for (const [field, kind] of Object.entries(kinds)) {
      const each = Object.hasOwn(given, field) ? (given[field] ?? undefined) : undefined
      if (each === undefined && kind.endsWith('?')) continue
      if (!isOf(kind, each)) throw new Error(`${field} must be ${named(kind)}`)
      read[field] = each
    }
    return read as T
  })
}

export function oneOf<T extends string>(field: string, values: readonly T[], value: unknown): T {
  if (values.includes(value as T)) return value as T
  throw new Error(`${field} must be one of ${values.join(', ')}`)
}

function isOf(kind: FieldKinds[string], value: unknown): boolean {
  switch (kind) {
    case 'text':
    case 'text?':
      return typeof value === 'string'
    case 'integer?':
      return Number.isSafeInteger(value) && (value as number) >= 0
    case 'list':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}

function named(kind: FieldKinds[string]): string {
  const names = {
    text: 'a text',
    integer: 'an integer from 0',
    list: 'a list',
    object: 'an object',
  }
  return names[kind.replace('?', '') as keyof typeof names]
}
