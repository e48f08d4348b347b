// Wrong usage, wherever it is noticed.
import { TielineError } from 'tieline'

/** The command line is wrong. */
export function usage(message: string): TielineError {
  return new TielineError('usage', message)
}
