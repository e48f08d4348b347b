// Why a call cannot be made on a connection that is ending, or never began.
import { isTielineError, type TielineError } from '../errors.js'
import type { Connection } from './connection.js'

/** No byte of such a call was sent, and the error says so. */
const UNSENT = { origin: 'channel', sent: 'no' } as const

/** The connection is over. */
export function closedRefusal(connection: Connection, method: string): TielineError {
  const message = `${method}${connection.at}: the connection is closed`
  return connection.error('connection-lost', message, { ...UNSENT, method })
}

/** One of the two sides is closing the connection. */
export function drainingRefusal(
  connection: Connection,
  who: 'this side' | 'the other side',
  method: string,
): TielineError {
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
