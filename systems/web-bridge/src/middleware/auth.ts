// The layer that lets in who has a token: one of a list, compared in constant time, or one that a
// function of the user's vouches for.
import { createHash, timingSafeEqual } from 'node:crypto'
import { TielineError } from 'tieline'
import type { BridgeRequest } from '../server/backend.js'
import type { BridgeLayer } from '../server/middleware.js'
import { refusal } from './refusal.js'

/** True lets the request in; a text does too, and says who it is. Anything else does not. */
export type Verdict = boolean | string | undefined

export interface AuthOptions {
  /** Any of these lets a request in. */
  readonly tokens?: readonly string[]
  /** Asked for a token that is none of `tokens`. What it throws is a 500, and nobody gets in. */
  readonly verify?: (token: string, request: BridgeRequest) => Verdict | Promise<Verdict>
  /** Where the token is. `Authorization: Bearer …` unless told; a page's WebSocket can not send that. */
  readonly tokenOf?: (request: BridgeRequest) => string | undefined
  /** Said in `WWW-Authenticate`. 'web-bridge' unless told. */
  readonly realm?: string
}

/** Under this name a handler finds in its `context.meta` who `verify` said it is. */
export const SUBJECT = 'subject'

// RFC 6750, 2.1. The scheme's name is told without regard to case.
const BEARER = /^bearer +([\w\-.~+/]+=*)$/i

/**
 * Answers 401 to requests without a token that is known. Throws `invalid-argument` when there is no
 * token and no function that could let anybody in.
 * @example
 * auth({ tokens: [process.env.API_TOKEN] })
 * auth({ verify: async (token) => (await sessions.get(token))?.user })
 */
export function auth(options: AuthOptions): BridgeLayer {
  const { tokens = [], verify, tokenOf = bearerOf, realm = 'web-bridge' } = options
  if (tokens.length === 0 && verify === undefined) {
    throw new TielineError('invalid-argument', 'auth needs tokens, or verify: nobody could get in')
  }
  if (tokens.some((token) => typeof token !== 'string' || token === '')) {
    throw new TielineError('invalid-argument', 'auth: a token is a text that is not empty')
  }
  if (!/^[\x20-\x7e]*$/.test(realm) || /["\\]/.test(realm)) {
    throw new TielineError('invalid-argument', 'auth: a realm is plain text without quotes')
  }
  const known = tokens.map(digestOf)
  return (next) => async (request, context) => {
    const token = tokenOf(request)
    if (token === undefined) return unauthorized(request, `Bearer realm="${realm}"`)
    const verdict = isAmong(known, token) || (await verify?.(token, request))
    if (typeof verdict === 'string' && verdict !== '') {
      return next(request, { ...context, meta: { ...context.meta, [SUBJECT]: verdict } })
    }
    if (verdict === true) return next(request, context)
    return unauthorized(request, `Bearer realm="${realm}", error="invalid_token"`)
  }
}

function bearerOf({ headers }: BridgeRequest): string | undefined {
  return BEARER.exec(headers['authorization'] ?? '')?.[1]
}

function unauthorized(request: BridgeRequest, challenge: string) {
  const headers = { 'www-authenticate': challenge }
  return refusal(
    request,
    { status: 401, code: 'UNAUTHORIZED', message: 'a token is needed' },
    headers,
  )
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Digests have one length, and all are looked at: the time tells nothing about how near a token is. */
function isAmong(known: readonly Buffer[], token: string): boolean {
  const given = digestOf(token)
  let found = false
  for (const each of known) found = timingSafeEqual(each, given) || found
  return found
}
