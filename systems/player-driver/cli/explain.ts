// What `player-driver` says better than the kit of commands does: what to do. Loaded when something
// has failed.
import type { TielineError } from 'tieline'
import type { Explanation } from 'tieline/command'
import { clean } from '../src/display/text.js'

export function explain(error: TielineError, command: string | undefined): Explanation {
  return { line: clean(error.message) + hint(error, command) }
}

function hint({ code, data }: TielineError, command: string | undefined): string {
  if (code === 'usage' && data === undefined) {
    return `; see player-driver ${command === undefined ? '' : `${command} `}--help`
  }
  if (code === 'connection-refused') return '; start the driver with: player-driver driver'
  if (code === 'endpoint-in-use') return '; is a driver running? See: player-driver status'
  if (code === 'malformed') return '; is it a player driver that listens there?'
  return ''
}
