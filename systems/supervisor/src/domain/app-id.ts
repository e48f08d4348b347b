// An app's id, made from its name. It is also part of file names, so what could lead out of a
// directory is refused instead of repaired.
import { invalidConfig } from './errors.js'

/** Characters of an id. 100: with `.stderr.spool` behind it still a file name on every system. */
const MOST_CHARACTERS = 100

/**
 * The name trimmed, characters outside `[A-Za-z0-9-_.]` as '-', in lower case, without '-' at its
 * ends. Throws `invalid-config` for a name with control characters or '..', and when nothing is left.
 */
export function appId(name: string): string {
  const shown = JSON.stringify(name.slice(0, MOST_CHARACTERS))
  const trimmed = name.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (/[\u0000-\u001f\u007f]/.test(trimmed)) {
    throw invalidConfig(`the name ${shown} has a control character`)
  }
  if (trimmed.includes('..')) throw invalidConfig(`the name ${shown} contains '..'`)
  const id = trimmed
    .replace(/[^A-Za-z0-9\-_.]/gu, '-')
    .toLowerCase()
    .replace(/^-+|-+$/g, '')
  if (id === '' || id === '.') {
    throw invalidConfig(`the name ${shown} has no letter or digit to make an id of`)
  }
  if (id.length > MOST_CHARACTERS) {
    throw invalidConfig(`the name has ${id.length} characters, the limit is ${MOST_CHARACTERS}`)
  }
  return id
}
