// The scheme of an endpoint: which there are, and the errors of endpoints. Runs in browsers.
import { TielineError } from '../errors.js'

export type Scheme = 'local' | 'unix' | 'pipe' | 'stdio' | 'ws' | 'wss' | 'mailbox'

/** The schemes, each with the form of its endpoints. */
export const SCHEMES: Readonly<Record<Scheme, string>> = {
  local: 'local:NAME',
  unix: 'unix:/absolute/path',
  pipe: 'pipe:NAME',
  stdio: 'stdio:',
  ws: 'ws://HOST:PORT/',
  wss: 'wss://HOST:PORT/',
  mailbox: 'mailbox:/directory#SIDE',
}

/** An `invalid-endpoint` error that says what is wrong, with what, and what to do. */
export function invalidEndpoint(endpoint: string, problem: string, cause?: unknown): TielineError {
  const message = `invalid endpoint ${JSON.stringify(endpoint)}: ${problem}`
  return new TielineError('invalid-endpoint', message, { origin: 'local', endpoint, cause })
}

/** The scheme, and what follows its colon. Throws `invalid-endpoint` for a scheme that does not exist. */
export function splitEndpoint(text: string): { readonly scheme: Scheme; readonly rest: string } {
  const colon = text.indexOf(':')
  const scheme = colon < 0 ? '' : text.slice(0, colon)
  if (!Object.hasOwn(SCHEMES, scheme)) throw invalidEndpoint(text, unknownScheme(text, scheme))
  return { scheme: scheme as Scheme, rest: text.slice(colon + 1) }
}

function unknownScheme(text: string, scheme: string): string {
  const forms = Object.values(SCHEMES).join(', ')
  if (scheme !== '') return `there is no scheme ${quoted(scheme)}; there are ${forms}`
  const guess = text.startsWith('/') ? `unix:${text}` : `local:${text}`
  return `it has no scheme; did you mean ${quoted(guess)}? There are ${forms}`
}

/** On one line, whatever is in it. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1)}'`
}
