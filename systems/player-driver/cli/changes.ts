// Connections that come and go, as one line each.
import { clean } from '../src/display/text.js'
import type { ConnectionChange } from '../src/ipc/stay-connected.js'

/** Undefined for what needs no words: the first connection. */
export function changeLine(change: ConnectionChange): string | undefined {
  if (change.kind === 'waiting') return clean(`waiting for the driver: ${change.error.message}`)
  if (change.kind === 'lost') return clean(`lost the driver, trying again: ${change.error.message}`)
  return change.again ? `connected again to the driver at ${change.driver.endpoint}` : undefined
}
