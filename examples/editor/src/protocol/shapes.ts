// Checks of what comes from the other side, as Standard Schemas: four shapes need no library.
import type { Schema } from 'tieline'
import { isKind } from '../scene/entity.js'

/** The side of the largest stage, in units. 8,192: the largest canvas that every browser draws. */
export const LARGEST = 8192

type Fields<T> = { readonly [Name in keyof T]-?: (value: unknown) => string | undefined }

/** A plain object with these fields and no others. A field's check says what is wrong with a value. */
export function shape<T extends object>(fields: Fields<T>): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[]
  return {
    '~standard': {
      version: 1,
      vendor: 'tieline-example-editor',
      validate(value) {
        if (typeof value !== 'object' || value === null) return refused('an object is wanted')
        const given = value as Record<string, unknown>
        const made: Partial<T> = {}
        for (const name of names) {
          const why = fields[name](given[name])
          if (why !== undefined) return refused(why, name)
          if (given[name] !== undefined) made[name] = given[name] as T[typeof name]
        }
        return { value: made as T }
      },
    },
  }
}

function refused(message: string, ...path: string[]) {
  return { issues: [{ message, path }] }
}

export const finite = (value: unknown) =>
  Number.isFinite(value) ? undefined : 'a finite number is wanted'

export const id = (value: unknown) =>
  Number.isSafeInteger(value) ? undefined : 'a whole number is wanted'

export const flag = (value: unknown) =>
  typeof value === 'boolean' ? undefined : 'true or false is wanted'

export const length = (value: unknown) =>
  Number.isFinite(value) && (value as number) > 0 && (value as number) <= LARGEST
    ? undefined
    : `a number above 0 and at most ${LARGEST} is wanted`

export const kind = (value: unknown) => (isKind(value) ? undefined : 'a kind of entity is wanted')

export const optional =
  (check: (value: unknown) => string | undefined) =>
  (value: unknown): string | undefined =>
    value === undefined ? undefined : check(value)
