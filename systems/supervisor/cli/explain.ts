// What `superctl` says better than the kit of commands does. Loaded when something has failed.
import type { TielineError } from 'tieline'
import type { Explanation } from 'tieline/command'

export function explain(error: TielineError): Explanation {
  return { line: lineOf(error).replace(/\s*\n\s*/g, '; ') }
}

function lineOf({ code, message, origin }: TielineError): string {
  if (code === 'deadline-exceeded') return `${message}; --timeout allows more time`
  if (code === 'internal' && origin === 'remote') {
    return "the daemon failed inside (internal error); the reason is in the daemon's log"
  }
  return message
}
