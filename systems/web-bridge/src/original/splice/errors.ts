// Errors of splice: numbers in place of our codes, and whose fault it was.
import type { WireError } from 'tieline/dialect'

/** As the original has them. */
export const KINDS = ['User', 'System', 'Timeout', 'Cancelled'] as const
export type SpliceErrorKind = (typeof KINDS)[number]

const EXECUTION_FAILED = 2000
const INTERNAL = 3000

const NUMBERS: Readonly<Record<string, readonly [number: number, kind: SpliceErrorKind]>> = {
  malformed: [1000, 'User'],
  'invalid-argument': [1001, 'User'],
  'unknown-method': [1002, 'User'],
  'permission-denied': [1003, 'User'],
  'too-large': [1004, 'User'],
  'deadline-exceeded': [2001, 'Timeout'],
  cancelled: [2002, 'Cancelled'],
  internal: [INTERNAL, 'System'],
  unavailable: [3001, 'System'],
  'resource-exhausted': [3002, 'System'],
}

/** A code of the application's own has no number: what it failed with is in the message. */
export function numberOf({ code }: WireError): readonly [number: number, kind: SpliceErrorKind] {
  return (Object.hasOwn(NUMBERS, code) ? NUMBERS[code] : undefined) ?? [EXECUTION_FAILED, 'User']
}

/** `remote-error` for a function that failed in its own way. */
export function codeOf(number: number): string {
  for (const [code, [known]] of Object.entries(NUMBERS)) if (known === number) return code
  return 'remote-error'
}
