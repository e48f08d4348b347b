// A mailbox's directory: made, checked for who else may write there, and swept of what the killed left.
import { TielineError } from '../../errors.js'
import { INFO_FILE, type MailboxOptions, modesOf } from './options.js'
import type { MailboxSystem } from './system.js'

const WRITE_BY_OTHERS = 0o022
/** Age of a temporary file that nobody is writing any more. A minute: the largest takes a second. */
const LITTER_MS = 60_000
const INFO = { protocol: 'file-ipc', version: '1.0' }

/**
 * Makes the directory if need be. Throws `permission-denied` for one that others can write to, unless
 * `access` says so, and the file system's error.
 */
export function prepareDirectory(
  system: MailboxSystem,
  directory: string,
  endpoint: string,
  options: MailboxOptions,
): void {
  const modes = modesOf(options.access)
  if (system.stat(directory) === undefined) system.makeDirectory(directory, modes.directory)
  const stat = system.stat(`${directory}/.`)
  if (stat?.kind !== 'directory') throw refused(endpoint, `${directory} is not a directory`)
  if ((options.access ?? 'user') === 'user' && process.platform !== 'win32') {
    const uid = process.geteuid?.()
    if (uid !== undefined && stat.uid !== uid) {
      throw refused(
        endpoint,
        `${directory} belongs to uid ${stat.uid}, not ${uid}; set access to 'group' or 'everyone'`,
      )
    }
    if (stat.mode & WRITE_BY_OTHERS) {
      const mode = `0${stat.mode.toString(8)}`
      throw refused(
        endpoint,
        `others can write to ${directory} (mode ${mode}); chmod it to 0700, or set access to 'group' or 'everyone'`,
      )
    }
  }
  const info = `${directory}/${INFO_FILE}`
  if (system.stat(info) !== undefined) return
  try {
    const text = JSON.stringify({ created: system.now(), ...INFO }, null, 2)
    system.write(info, text, modes.file, false)
  } catch (error) {
    // Another process was faster. Nothing depends on the file.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Removes temporary files whose writer is dead. */
export async function sweep(system: MailboxSystem, directory: string): Promise<void> {
  try {
    for (const name of system.list(directory)) {
      const pid = /\.(\d+)-[0-9a-z]+-[0-9a-z]+\.tmp$/.exec(name)?.[1]
      if (pid === undefined) continue
      const path = `${directory}/${name}`
      const age = system.now() - (system.stat(path)?.mtimeMs ?? 0)
      if (age > LITTER_MS && !(await system.isAlive({ pid: Number(pid) }))) system.remove(path)
    }
  } catch {
    // Litter does no harm: no name is ever used twice.
  }
}

function refused(endpoint: string, problem: string): TielineError {
  const message = `cannot use ${endpoint}: ${problem}`
  return new TielineError('permission-denied', message, { origin: 'channel', endpoint })
}
