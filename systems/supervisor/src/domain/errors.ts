// What can go wrong with an app, as errors that cross the wire: a code to tell them apart, and the
// original's own words where it has some.
import { fail, type TielineError } from 'tieline'

export function invalidConfig(problem: string): TielineError {
  return fail('invalid-config', `Invalid config: ${problem}`)
}

export function notFound(id: string): TielineError {
  return fail('not-found', `App ${id} not found`)
}

export function notRunning(id: string): TielineError {
  return fail('not-running', `App ${id} is not running`)
}

export function startFailed(id: string, reason: string): TielineError {
  return fail('start-failed', `Failed to start app ${id}: ${reason}`)
}

export function stopFailed(id: string, reason: string): TielineError {
  return fail('stop-failed', `Failed to stop app ${id}: ${reason}`)
}

/** Of the list that `save` keeps. */
export function listFailed(what: 'kept' | 'read', reason: string): TielineError {
  return fail('list-failed', `The list of apps cannot be ${what}: ${reason}`)
}

/** What the file system and the system's calls answer, without the path twice. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
