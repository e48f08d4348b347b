// A request as the original's handlers expect it: a body of text, and params, query and cookies as they
// were in the request, not decoded.
import { TielineError } from 'tieline'
import type { BridgeRequest, Route } from '../../server/backend.js'
import type { WireRequest } from '../wire/messages.js'

/** Bytes of a body unless its route says otherwise: the original's own default. */
export const BODY_BYTES = 16 * 1024 * 1024

/** Everything but the body. */
export function wireRequest(request: BridgeRequest, body: string): WireRequest {
  const { requestId, method, url, headers } = request
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return {
    request_id: requestId,
    method,
    path: url,
    path_only: path,
    query: end === -1 ? {} : pairs(url.slice(end + 1), '&'),
    params: rawParams(patternOf(request.route), path),
    headers,
    body,
    cookies: pairs(headers['cookie'] ?? '', ';'),
  }
}

/** The original's own form of a path, where it differs from ours. */
export interface OriginalPath {
  readonly originalPath?: string
}

function patternOf(route: Route & OriginalPath): string {
  return route.originalPath ?? route.path
}

/** `a=b` and so on. Of several with one name the last counts, as in the original. */
function pairs(text: string, separator: '&' | ';'): Record<string, string> {
  const made: Record<string, string> = {}
  for (const pair of text.split(separator)) {
    const at = pair.indexOf('=')
    const name = (at === -1 ? pair : pair.slice(0, at)).trim()
    if (name !== '' && name !== '__proto__') made[name] = at === -1 ? '' : pair.slice(at + 1).trim()
  }
  return made
}

/** What the route takes out of the path, as it came. `*NAME` is the original's form for the rest of it. */
function rawParams(pattern: string, path: string): Record<string, string> {
  const made: Record<string, string> = {}
  const given = path.split('/')
  for (const [index, part] of pattern.split('/').entries()) {
    if (part.startsWith('*')) {
      made[part.slice(1)] = given.slice(index).join('/')
      break
    }
    if (part.startsWith(':')) made[part.slice(1)] = given[index] ?? ''
  }
  return made
}

/**
 * The body as text. Rejects `too-large` past the limit, and `malformed` for what is not UTF-8: this
 * wire has no other body, and the original's server would change such bytes without a word.
 */
export async function textBody({ body, route }: BridgeRequest): Promise<string> {
  if (body === undefined) return ''
  const limit = route.maxBodyBytes ?? BODY_BYTES
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  let length = 0
  const add = (chunk: Uint8Array): void => {
    length += chunk.byteLength
    if (length > limit) {
      const message = `the body is larger than ${limit} bytes`
      throw new TielineError('too-large', message, { origin: 'protocol' })
    }
    text += decode(decoder, chunk)
  }
  if (body instanceof Uint8Array) add(body)
  else for await (const chunk of body) add(chunk)
  return text + decode(decoder)
}

/** Told apart from other errors by the server: the browser's fault, not the handlers'. */
export class NotText extends Error {
  override readonly name = 'NotText'
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw new NotText('the body is not UTF-8 text')
  }
}
