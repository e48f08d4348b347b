// The version check, which is the first call on a connection: another major is another protocol.
import { TielineError } from 'tieline'
import { PROTOCOL_VERSION, type ProtocolVersion } from '../domain/types.js'

/** Minor versions only add: any will do. Throws `version-mismatch`, or `malformed` for what is none. */
export function checkVersion(answer: unknown, endpoint: string): ProtocolVersion {
  const { major, minor } = (answer ?? {}) as Partial<Record<'major' | 'minor', unknown>>
  if (!isCount(major) || !isCount(minor)) {
    const message = `what answers at ${endpoint} is no player driver: it told no protocol version`
    throw new TielineError('malformed', message, { origin: 'protocol', endpoint })
  }
  if (major === PROTOCOL_VERSION.major) return { major, minor }
  const ours = `${PROTOCOL_VERSION.major}.${PROTOCOL_VERSION.minor}`
  const newer = major > PROTOCOL_VERSION.major ? 'this program' : 'the driver'
  const message = `the driver at ${endpoint} speaks protocol ${major}.${minor}, this program ${ours}: update ${newer}`
  throw new TielineError('version-mismatch', message, { origin: 'protocol', endpoint })
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
