// A request as handlers see it, made from what a wire carries. Query and cookies are taken apart when
// they are asked for.
import { Body, type BodyOrigin } from './body.js'
import type { HandlerRequest, RequestBody, RequestHeaders } from './handler.js'

export interface RequestParts {
  readonly requestId: string
  readonly method: string
  /** The path with its query. */
  readonly url: string
  readonly params: Readonly<Record<string, string>>
  readonly headers: RequestHeaders
  readonly body: BodyOrigin
}

type Query = HandlerRequest['query']

/** The request of these parts. */
export class ReceivedRequest implements HandlerRequest {
  readonly requestId: string
  readonly method: string
  readonly url: string
  readonly params: Readonly<Record<string, string>>
  readonly headers: RequestHeaders
  readonly body: RequestBody
  #query: Query | undefined
  #cookies: Readonly<Record<string, string>> | undefined

  constructor(parts: RequestParts) {
    this.requestId = parts.requestId
    this.method = parts.method
    this.url = parts.url
    this.params = parts.params
    this.headers = parts.headers
    this.body = new Body(parts.body)
  }

  get path(): string {
    const end = this.url.indexOf('?')
    return end === -1 ? this.url : this.url.slice(0, end)
  }

  get query(): Query {
    this.#query ??= queryOf(this.url)
    return this.#query
  }

  get cookies(): Readonly<Record<string, string>> {
    this.#cookies ??= cookiesOf(this.headers['cookie'] ?? '')
    return this.#cookies
  }
}

/** What a careless copy (`Object.assign({}, query)`) would obey: left out, as of everything decoded. */
const NO_NAME = '__proto__'

/** The decoded query of a URL; a name that comes several times has an array. */
export function queryOf(url: string): Query {
  const made: Record<string, string | string[]> = Object.create(null)
  const start = url.indexOf('?')
  if (start === -1) return made
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const known = made[name]
    if (name === NO_NAME) continue
    if (known === undefined) made[name] = value
    else if (typeof known === 'string') made[name] = [known, value]
    else known.push(value)
  }
  return made
}

/** The cookies of a `cookie` header. Of two with one name the first counts, which is the closer one. */
export function cookiesOf(header: string): Readonly<Record<string, string>> {
  const made: Record<string, string> = Object.create(null)
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const name = pair.slice(0, at).trim()
    if (name === '' || name === NO_NAME) continue
    if (!(name in made)) made[name] = decoded(unquoted(pair.slice(at + 1).trim()))
  }
  return made
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value
}

function decoded(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    // Not percent-encoded after all: a cookie may hold any text.
    return value
  }
}
