// What `file-channel` says better than the kit of commands does. Loaded when something has failed.
import type { Explain } from 'tieline/command'

export const explain: Explain = ({ code, message, data }, command) => {
  // A guess has its own hint, and so has a value that is missing.
  if (code !== 'usage' || data !== undefined || message.includes('--help')) return undefined
  return {
    line: `${message}; see file-channel ${command === undefined ? '' : `${command} `}--help`,
  }
}
