// A token in a file that only its owner can read: made once, so that pages and programs still have the
// right one when the host has been started again.
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TielineError } from 'tieline'
import { machine } from 'tieline/transport'

/** Bytes of a token that is made here: nobody guesses 256 bits. */
const TOKEN_BYTES = 32

/**
 * The token in that file; where there is none, one is made and written, with mode 0600 in a directory
 * of mode 0700. Throws `permission-denied` for a file that others can read, and `invalid-argument` for
 * one that is empty or cannot be read or written.
 */
export function tokenFile(path: string): string {
  try {
    machine.makeDirectory(dirname(path), 0o700)
    // Exclusive: of two hosts that start at once, one makes it and the other reads it.
    writeFileSync(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, {
      flag: 'wx',
      mode: 0o600,
    })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, cause)
  }
  return readToken(path)
}

function readToken(path: string): string {
  let text: string
  try {
    const { mode } = statSync(path)
    // Windows knows no modes of this kind.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8)
      const message = `others can read the token file ${path} (mode ${shown}); chmod 600 it`
      throw new TielineError('permission-denied', message)
    }
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if (cause instanceof TielineError) throw cause
    throw unusable(path, cause)
  }
  if (text !== '') return text
  throw new TielineError('invalid-argument', `the token file ${path} is empty`)
}

function unusable(path: string, cause: unknown): TielineError {
  // The system's words, without its code and the path once more.
  const why = (cause as Error).message.replace(/^[A-Z0-9]+: ([^,]*),.*$/s, '$1')
  const message = `cannot use the token file ${path}: ${why}`
  return new TielineError('invalid-argument', message, { cause })
}
