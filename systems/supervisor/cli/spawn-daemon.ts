// Starts the daemon as a process of its own that outlives the command.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeOwnDirectory } from '../src/daemon/own-directory.js'
import type { Place } from '../src/daemon/places.js'

export interface DaemonProcess {
  /** False: another command is at it. */
  readonly ours: boolean
  /** Why it will never answer, once that is known. */
  failure(): string | undefined
  /** It answers, or is given up: others may start one. */
  done(): void
}

/** Milliseconds after which a command no longer trusts another one to start the daemon. */
const TRUST_MS = 5000
/** Bytes of the daemon's own log, after which the next daemon begins a new one. */
const LOG_BYTES = 1024 * 1024

const launcher = fileURLToPath(new URL('../../bin/superctl.js', import.meta.url))

/**
 * Many commands at once start one: the first makes a file, the others wait. The file only saves work:
 * of two daemons that start all the same, the socket's lock lets one live. Throws `permission-denied`
 * for a directory that is no place for a daemon's state, and what the file system throws.
 */
export function startDaemonProcess(options: {
  readonly place: Place
  readonly directory: string
}): DaemonProcess {
  const { place, directory } = options
  makeOwnDirectory(directory)
  const starting = join(directory, 'starting')
  if (!claim(starting)) {
    return { ours: false, failure: () => undefined, done: () => {} }
  }
  const log = join(directory, 'daemon.log')
  rotate(log)
  const output = openSync(log, 'a', 0o600)
  const args = ['daemon', '--socket', place.endpoint, '--state', directory, '--if-none']
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
    windowsHide: true,
  })
  closeSync(output)
  let failure: string | undefined
  child.on('error', (error) => {
    failure = error.message
  })
  child.on('exit', (code) => {
    if (code !== 0) failure = lastLine(log) ?? `it ended with ${code}`
  })
  child.unref()
  return {
    ours: true,
    failure: () => failure,
    done: () => rmSync(starting, { force: true }),
  }
}

function claim(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(path, 'wx', 0o600))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const age = ageOf(path)
    if (age !== undefined && age < TRUST_MS) return false
    // Left by a command that was killed.
    rmSync(path, { force: true })
  }
  return false
}

function ageOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat && Date.now() - stat.mtimeMs
}

function rotate(log: string): void {
  const stat = statSync(log, { throwIfNoEntry: false })
  if (stat && stat.size > LOG_BYTES) renameSync(log, `${log}.1`)
}

/** What the daemon said last of itself; of a crash, the error and not its stack. */
function lastLine(path: string): string | undefined {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const line = lines.at(-1)?.startsWith('Node.js v')
      ? lines.findLast((each) => /^\w*Error\b/.test(each))
      : lines.at(-1)
    return line?.replace(/^superctl: /, '') || undefined
  } catch {
    // No log, no reason: the exit code has to do.
    return undefined
  }
}
