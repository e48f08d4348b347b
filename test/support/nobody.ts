// Another user, whom tests that run as root can be: programs of nobody's, which know nothing of this package.
import { spawnSync } from 'node:child_process'
import { Command, type CommandOptions } from './command.js'

/** The user and group id of `nobody`. */
export const NOBODY = 65_534

const SETPRIV = '/usr/bin/setpriv'
const asNobody = [
  ...['--reuid', `${NOBODY}`],
  ...['--regid', `${NOBODY}`],
  '--clear-groups',
  process.execPath,
]

/** Why nobody can be nobody here. */
export const cannotBeNobody =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'needs Linux, and root to be another user'
    : spawnSync(SETPRIV, [...asNobody, '--version']).status !== 0
      ? 'needs setpriv, and a node that anyone may run'
      : undefined

/** Runs `code` in a Node process of nobody's. */
export function nobody(code: string, args: readonly string[], options?: CommandOptions): Command {
  return new Command(SETPRIV, [...asNobody, '-e', code, ...args], options)
}
