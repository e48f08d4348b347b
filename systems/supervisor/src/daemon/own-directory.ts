// The directory of a daemon's state, which is its user's alone: what lies there says which programs are
// run, so whoever can write to it could run his own as that user.
import { statSync } from 'node:fs'
import { TielineError } from 'tieline'
import { machine } from 'tieline/transport'
import { reasonOf } from '../domain/errors.js'

const OTHERS_WRITE = 0o022

/**
 * Makes it (0700) when it is not there. Throws `permission-denied` for one that others own or can write
 * to, or that cannot be made.
 */
export function makeOwnDirectory(directory: string): void {
  try {
    machine.makeDirectory(directory, 0o700)
  } catch (error) {
    throw denied(`the daemon's state cannot be kept in ${directory}: ${reasonOf(error)}`)
  }
  const uid = process.geteuid?.()
  // Windows has neither owners nor modes here.
  if (uid === undefined) return
  const { uid: owner, mode } = statSync(directory)
  if (owner !== uid) throw denied(`${directory} belongs to uid ${owner}, not ${uid}`)
  if ((mode & OTHERS_WRITE) !== 0) {
    const shown = (mode & 0o7777).toString(8).padStart(4, '0')
    throw denied(`others can write to ${directory} (mode ${shown}); chmod it to 0700`)
  }
}

function denied(message: string): TielineError {
  return new TielineError('permission-denied', message, { origin: 'local' })
}
