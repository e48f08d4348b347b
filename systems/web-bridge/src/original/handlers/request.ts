// The original's request as handlers see requests. Its server decodes neither the path's params nor the
// query, so that is done here.
import type { HandlerRequest } from '../../handlers/handler.js'
import { ReceivedRequest } from '../../handlers/request.js'
import type { WireRequest, WsConnect } from '../wire/messages.js'

export function receivedRequest(request: WireRequest): HandlerRequest {
  return new ReceivedRequest({
    requestId: request.request_id,
    method: request.method,
    url: request.path,
    params: decodedParams(request.params),
    headers: lowerCase(request.headers),
    body: request.body,
  })
}

/** The request that a WebSocket began with. This wire has no id for it: the connection's is taken. */
export function upgradeRequest(connect: WsConnect): HandlerRequest {
  return new ReceivedRequest({
    requestId: connect.connection_id,
    method: 'GET',
    url: connect.path,
    params: {},
    headers: lowerCase(connect.headers),
    body: undefined,
  })
}

/** The original calls the rest of a path '' where its route gives it no name; here it is '*'. */
function decodedParams(params: Readonly<Record<string, string>>): Record<string, string> {
  const made: Record<string, string> = {}
  for (const [name, value] of Object.entries(params))
    made[name === '' ? '*' : name] = decoded(value)
  return made
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // No percent-encoding after all: as it came.
    return value
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  const made: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) made[name.toLowerCase()] = value
  return made
}
