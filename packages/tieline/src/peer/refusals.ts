// Why a call cannot be made on a connection that is ending, or never began.
import { fail, isTielineError, type TielineError } from '../errors.js'
import type { Service } from './call.js'
import type { Connection } from './connection.js'
import type { PeerState } from './options.js'

/** No byte of such a call was sent, and the error says so. */
const UNSENT = { origin: 'channel', sent: 'no' } as const

/** Why a call cannot be made on a connection that is ending, if it cannot. `open`: it is the other side that closes it. */
export function endingRefusal(
  connection: Connection,
  method: string,
  state: PeerState,
  answering: boolean,
): TielineError | undefined {
  if (state === 'closed') {
    const message = `${method}${connection.at}: the connection is closed`
    return connection.error('connection-lost', message, { ...UNSENT, method })
  }
  // A handler that is still at work may need the other side to finish.
  if (state !== 'open' && answering) return undefined
  const who = state === 'open' ? 'the other side' : 'this side'
  const message = `${method}${connection.at}: ${who} is closing the connection`
  return connection.error('unavailable', message, { ...UNSENT, method })
}

/** The connection ended before its handshake did. `method`: what waited for it. */
export function lostBeforeReady(
  connection: Connection,
  reason: Error,
  method: string,
): TielineError {
  const known = isTielineError(reason)
  const code = known ? reason.code : 'connection-lost'
  const origin = known ? reason.origin : 'channel'
  const message = `${method}${connection.at}: ${reason.message}`
  return connection.error(code, message, {
    origin,
    sent: 'no',
    cause: reason,
    ...(method !== 'connect' && { method }),
  })
}

/** Answers the calls of a connection on which this side serves nothing. */
export const nothingServed: Service = (call) => {
  throw fail('unknown-method', `unknown method: ${call.method.slice(0, 100)}`)
}
