// What `web-bridge` says better than the kit of commands does: what to do. Loaded when something has
// failed.
import type { TielineError } from 'tieline'
import type { Explanation } from 'tieline/command'

export function explain(error: TielineError, command: string | undefined): Explanation {
  return { line: error.message + hint(error, command) }
}

function hint({ code, data, message }: TielineError, command: string | undefined): string {
  if (code === 'usage' && data === undefined) {
    return `; see web-bridge ${command === undefined ? '' : `${command} `}--help`
  }
  if (code === 'connection-refused') return '; start a server with: web-bridge serve MODULE'
  if (code === 'endpoint-in-use') {
    const option = message.includes('/metrics:') ? '--metrics-port' : '--port'
    return message.startsWith('http:')
      ? `; choose another with ${option}`
      : '; does another web-bridge run? Choose another place with --at'
  }
  // One that could not load its modules has told why; one that ended by itself has not.
  const silent = /ended with code \d+$/.test(message)
  if (code === 'unavailable' && silent) return '; what it said itself stands above'
  if (code === 'permission-denied' && command === 'call') {
    return '; the token is in WEB_BRIDGE_TOKEN or in the file of --token-file'
  }
  return ''
}
