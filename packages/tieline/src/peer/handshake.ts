// Who may talk to whom: both sides say their dialect's version and their contracts before anything
// else, and a mismatch ends the connection before any handler runs.
import type { Envelope, Hello, ServedContract } from '../dialect/envelope.js'
import { NATIVE_MAJOR, NATIVE_MINOR } from '../dialect/native.js'
import { malformed, TielineError } from '../errors.js'
import { sharedHello } from './shared.js'

type Role = 'client' | 'server'

export interface HandshakeOptions {
  readonly role: Role
  readonly serves?: ServedContract | undefined
  readonly expects?: ServedContract | undefined
}

const OURS = `${NATIVE_MAJOR}.${NATIVE_MINOR}`
/** Characters of a foreign name or version that a message shows. */
const SHOWN = 60

/**
 * One per connection, for dialects that have a hello. The client speaks first. What it throws is also
 * told to the other side, so messages say 'the client' and 'the server', never 'we'.
 */
export class Handshake {
  readonly #options: HandshakeOptions
  #remote: Hello | undefined

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  /** The other side's hello, once it has come. */
  get remote(): Hello | undefined {
    return this.#remote
  }

  /** Begins the message for a hello that does not come in time. */
  get missing(): string {
    const { role } = this.#options
    return `the ${role} speaks native ${OURS}, the ${other(role)} did not say: no hello came`
  }

  hello(): Hello {
    const { serves, expects } = this.#options
    return { kind: 'hello', major: NATIVE_MAJOR, minor: NATIVE_MINOR, serves, expects }
  }

  /** Takes the other side's hello, and returns it. Throws `version-mismatch` naming both versions. */
  take(hello: Hello): Hello {
    if (this.#remote) throw malformed('a second hello came on the same connection')
    const { role, serves, expects } = this.#options
    if (hello.major !== NATIVE_MAJOR) {
      const theirs = `${hello.major}.${hello.minor}`
      throw mismatch(`the ${role} speaks native ${OURS}, the ${other(role)} native ${theirs}`)
    }
    compare(other(role), hello.expects, role, serves)
    compare(role, expects, other(role), hello.serves)
    this.#remote = sharedHello(hello)
    return this.#remote
  }

  /** Refuses anything but a hello (or a goaway) until the hello has come. */
  check(envelope: Envelope): void {
    if (this.#remote || envelope.kind === 'hello' || envelope.kind === 'goaway') return
    const { role } = this.#options
    throw mismatch(
      `a ${envelope.kind} came before the hello: the ${role} speaks native ${OURS}, the ${other(role)} did not say`,
    )
  }
}

function other(role: Role): Role {
  return role === 'client' ? 'server' : 'client'
}

/** The same name, the same major version, and at least the minor version that is expected. */
function compare(
  expecter: Role,
  expected: ServedContract | undefined,
  server: Role,
  served: ServedContract | undefined,
): void {
  if (!expected) return
  const wants = `the ${expecter} expects ${shown(expected)}`
  if (!served) throw mismatch(`${wants}, the ${server} serves no contract`)
  const [wantedMajor, wantedMinor] = parts(expected)
  const [offeredMajor, offeredMinor] = parts(served)
  const fits =
    served.name === expected.name && offeredMajor === wantedMajor && offeredMinor >= wantedMinor
  if (!fits) throw mismatch(`${wants}, the ${server} serves ${shown(served)}`)
}

/** The version that was read last: what is served and what is expected is the same text, as a rule. */
let read: { readonly version: string; readonly parts: readonly [number, number] } | undefined

function parts(contract: ServedContract): readonly [number, number] {
  const { version } = contract
  if (read?.version === version) return read.parts
  const match = /^(\d{1,9})\.(\d{1,9})(?!\d)/.exec(version)
  if (!match) throw malformed(`the version of ${shown(contract)} must begin with major.minor`)
  read = { version, parts: [Number(match[1]), Number(match[2])] }
  return read.parts
}

function shown({ name, version }: ServedContract): string {
  return `${name.slice(0, SHOWN)} ${version.slice(0, SHOWN)}`
}

function mismatch(message: string): TielineError {
  return new TielineError('version-mismatch', message, { origin: 'protocol' })
}
