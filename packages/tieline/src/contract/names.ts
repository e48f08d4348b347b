// Which names a contract may use. Checked once, when the contract is made, so that nothing that
// looks a name up later has to be careful.
import { TielineError } from '../errors.js'
import { RESERVED_PREFIX } from '../service/reserved.js'
import { shortLine } from '../service/schema.js'

/** Characters of a name. 200: longer than any real one, and short enough to be told in an error. */
const LONGEST_NAME = 200

/** A client has these names already, or `await` and JSON would take them for something else. */
const TAKEN: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
  'then',
  'catch',
  'finally',
  'toJSON',
])

/** `major.minor`, as in '1.0'. A different major does not fit; a higher minor only adds. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)$/

export function refused(contract: string, why: string): TielineError {
  return new TielineError('invalid-argument', `contract ${contract}: ${why}`)
}

export function checkContractName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !fits(name)) {
    throw refused(quoted(name), 'its name must be a text without spaces or control characters')
  }
}

export function checkVersion(contract: string, version: unknown): void {
  if (typeof version !== 'string' || !VERSION.test(version)) {
    throw refused(
      contract,
      `its version must be 'major.minor' such as '1.0', not ${quoted(version)}`,
    )
  }
}

export function checkMethodName(contract: string, name: string): void {
  if (!fits(name)) {
    throw refused(contract, `${quoted(name)} is no method name: no spaces or control characters`)
  }
  if (TAKEN.has(name)) throw refused(contract, `a method can not be named ${name}`)
  if (name.startsWith('$') || name.startsWith(RESERVED_PREFIX)) {
    throw refused(contract, `a method name can not begin with $ or ${RESERVED_PREFIX}: ${name}`)
  }
}

/** The name of a param or of a declared error. */
export function checkPartName(
  contract: string,
  what: string,
  name: unknown,
): asserts name is string {
  if (typeof name !== 'string' || !fits(name) || name === '__proto__') {
    throw refused(contract, `${what} ${quoted(name)} is no name`)
  }
}

function fits(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return name.length > 0 && name.length <= LONGEST_NAME && !/[\s\u0000-\u001f\u007f]/.test(name)
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(shortLine(value, LONGEST_NAME)) : typeof value
}
