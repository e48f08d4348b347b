// What a wrong command line is told with.
import { TielineError } from '../errors.js'

/** What was written wrongly, and what could have been meant. */
export interface Guess {
  readonly given: string
  readonly among: readonly string[]
  /** What to say when nothing is near. */
  readonly otherwise?: string
}

/** The command line is wrong: exit code 2. The nearest of the guess is added to the message. */
export function usage(message: string, guess?: Guess): TielineError {
  return new TielineError('usage', message, { data: guess })
}
