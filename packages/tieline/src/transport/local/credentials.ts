// The kernel's word on who is at the other end of a Unix socket. Node does not give it, so it is
// asked through koffi, an optional dependency, loaded when somebody wants to know.
import type { Socket } from 'node:net'
import type { Channel, Credentials } from '../../channel/channel.js'
import { TielineError, toError } from '../../errors.js'
import { descriptorOf } from '../stream/socket-reader.js'

/** Who may be at the other end. Root always counts as the same user: nothing keeps root out. */
export type Allow = 'same-user' | 'anyone' | ((credentials: Credentials) => boolean)

type Getsockopt = (
  fd: number,
  level: number,
  name: number,
  value: Int32Array,
  length: Uint32Array,
) => number

// Linux's numbers, which are these on every architecture that Node is built for but two.
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const OTHER_NUMBERS = ['mips', 'mipsel', 'ppc', 'ppc64']
/** struct ucred: pid, uid, gid, 4 bytes each. */
const UCRED_BYTES = 12
// What the kernel answers into, the same for every question.
const ucred = new Int32Array(UCRED_BYTES / 4)
const ucredLength = new Uint32Array(1)

let getsockopt: Getsockopt | undefined | 'not-tried' = 'not-tried'

function load(): Getsockopt | undefined {
  if (process.platform !== 'linux' || OTHER_NUMBERS.includes(process.arch)) return undefined
  try {
    const { createRequire } = process.getBuiltinModule('node:module')
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    return koffi
      .load(null)
      .func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ void *length)')
  } catch {
    // koffi is optional. Without it the modes of directory and socket decide, as the callers say.
    return undefined
  }
}

/** Whether this process can learn who connects. Loads what that needs (about 12 ms, once). */
export function credentialsAvailable(): boolean {
  if (getsockopt === 'not-tried') getsockopt = load()
  return getsockopt !== undefined
}

/** Who is at the other end of a connected Unix socket; undefined where it cannot be known. */
export function credentialsOf(socket: Socket): Credentials | undefined {
  if (!credentialsAvailable()) return undefined
  const fd = descriptorOf(socket)
  if (fd === undefined) return undefined
  ucredLength[0] = UCRED_BYTES
  const result = (getsockopt as Getsockopt)(fd, SOL_SOCKET, SO_PEERCRED, ucred, ucredLength)
  if (result !== 0 || ucredLength[0] !== UCRED_BYTES) return undefined
  const [pid, uid, gid] = ucred as unknown as [number, number, number]
  // uid and gid are unsigned; "nobody" of some systems is 0xfffffffe.
  return { pid, uid: uid >>> 0, gid: gid >>> 0 }
}

let lastKnown: Required<Channel['remote']> | undefined

/**
 * What `Channel.remote` is: the credentials are asked for when they are read, and kept. Where they are
 * known, the connections that one process makes one after the other have the same object.
 */
export function remoteOf(socket: Socket, endpoint: string, known?: Credentials): Channel['remote'] {
  if (known === undefined) return new LocalRemote(socket, endpoint) as Channel['remote']
  const last = lastKnown?.credentials
  const same = last?.pid === known.pid && last.uid === known.uid && last.gid === known.gid
  if (lastKnown === undefined || !same || lastKnown.endpoint !== endpoint) {
    lastKnown = Object.freeze({ endpoint, credentials: Object.freeze(known) })
  }
  return lastKnown
}

class LocalRemote {
  readonly endpoint: string
  /** Null: not asked yet. */
  #credentials: Credentials | undefined | null = null
  readonly #socket: Socket

  constructor(socket: Socket, endpoint: string) {
    this.endpoint = endpoint
    this.#socket = socket
  }

  get credentials(): Credentials | undefined {
    if (this.#credentials === null) {
      this.#credentials = this.#socket.destroyed ? undefined : credentialsOf(this.#socket)
    }
    return this.#credentials
  }
}

/**
 * Checks one end against what was asked for. `credentials` is undefined where the platform cannot
 * tell: then 'same-user' rests on directory and socket, which the caller has checked.
 */
export function checkAllowed(
  allow: Allow,
  credentials: Credentials | undefined,
  uid: number | undefined,
  endpoint: string,
  who: 'client' | 'server',
): TielineError | undefined {
  if (allow === 'anyone') return undefined
  if (credentials === undefined) {
    if (allow === 'same-user') return undefined
    return refusal(endpoint, `it cannot be known who the ${who} is`)
  }
  try {
    const sameUser = credentials.uid === uid || credentials.uid === 0
    if (allow === 'same-user' ? sameUser : allow(credentials) === true) return undefined
  } catch (error) {
    return refusal(endpoint, `asking who the ${who} is failed: ${toError(error).message}`, error)
  }
  const { uid: theirs, pid } = credentials
  return refusal(endpoint, `the ${who} is uid ${theirs} (pid ${pid}), which is not allowed here`)
}

function refusal(endpoint: string, problem: string, cause?: unknown): TielineError {
  const message = `refused at ${endpoint}: ${problem}`
  return new TielineError('permission-denied', message, { origin: 'channel', endpoint, cause })
}
