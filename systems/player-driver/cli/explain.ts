// What `player-driver` says better than the kit of commands does: what to do. Loaded when something
// has failed.
import type { TielineError } from 'tieline'
import type { Explanation } from 'tieline/command'
import { clean } from '../src/display/text.js'
import { driverEndpoint } from '../src/ipc/endpoint.js'

export function explain(error: TielineError, command: string | undefined): Explanation {
  return { line: clean(error.message) + hint(error, command) }
}

function hint(error: TielineError, command: string | undefined): string {
  const { code, data, message, endpoint } = error
  // A guess has its own hint, and so has a value that is missing.
  if (code === 'usage' && data === undefined && !message.includes('--help')) {
    return `; see player-driver ${command === undefined ? '' : `${command} `}--help`
  }
  const at = endpoint === undefined || endpoint === driverEndpoint() ? '' : ` --at ${endpoint}`
  if (code === 'connection-refused') return `; start the driver with: player-driver driver${at}`
  if (code === 'endpoint-in-use') return `; is a driver running? See: player-driver status${at}`
  if (code === 'malformed') return '; is it a player driver that listens there?'
  return ''
}
