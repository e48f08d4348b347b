// Checks of what a page asks for, as Standard Schemas: three kinds of fields need no library.
import type { Schema } from 'tieline'

/** `text`; one of a list; a number: a whole one from 0 up to that. */
type Wanted = 'text' | readonly string[] | number

/** A plain object with these fields and no others. */
export function asked<T extends object>(fields: { readonly [Name in keyof T]: Wanted }): Schema<T> {
  const names = Object.keys(fields) as (keyof T & string)[]
  return {
    '~standard': {
      version: 1,
      vendor: 'tieline-example-studio',
      validate(value) {
        if (typeof value !== 'object' || value === null) return refused('an object is wanted')
        const made: Partial<T> = {}
        for (const name of names) {
          const given = (value as T)[name]
          const why = wrong(given, fields[name])
          if (why !== undefined) return refused(why, name)
          made[name] = given
        }
        return { value: made as T }
      },
    },
  }
}

function wrong(given: unknown, wanted: Wanted): string | undefined {
  if (wanted === 'text') return typeof given === 'string' ? undefined : 'a text is wanted'
  if (typeof wanted === 'number') {
    const fits = Number.isInteger(given) && (given as number) >= 0 && (given as number) <= wanted
    return fits ? undefined : `a whole number from 0 to ${wanted} is wanted`
  }
  return wanted.includes(given as string) ? undefined : `one of ${wanted.join(', ')} is wanted`
}

function refused(message: string, ...path: string[]) {
  return { issues: [{ message, path }] }
}
