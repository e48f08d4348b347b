// What is said of a command line that is wrong.
import { TielineError } from 'tieline'

/** The command line is wrong. */
export function usage(message: string): TielineError {
  return new TielineError('usage', message)
}

export interface Synopsis {
  readonly name: string
  readonly words: readonly string[]
  readonly program?: boolean
}

/** `superctl start [NAME|FILE] [-- COMMAND ARGS…]` */
export function synopsis({ name, words, program }: Synopsis): string {
  return ['superctl', name, ...words, ...(program ? ['[-- COMMAND ARGS…]'] : [])].join(' ')
}
