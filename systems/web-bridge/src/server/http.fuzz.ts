// Fuzz target: what a browser's bytes mean beyond Node's parser: paths, queries, cookies, and calls that
// come as the body of a POST.
import { checkKeys, refusedOr } from 'tieline/testing'
import { cookiesOf, queryOf } from '../handlers/request.js'

import { isPlainPath } from './paths.js'
import { readRpcCall } from './rpc-call.js'

export const name = 'web-bridge-http'

export function target(bytes: Uint8Array): void {
  // As Node gives a request's line and its headers: a character for each byte.
  const text = Buffer.from(bytes).toString('latin1')
  checkPath(`/${text}`)
  checkKeys(queryOf(`/?${text}`))
  checkKeys(cookiesOf(text))
  const call = refusedOr(() => readRpcCall(bytes))
  if (call === undefined) return
  checkKeys(call.is)
  if (typeof call.is.method !== 'string') throw new Error('a call without a method')
}

/** What is plain does not climb and holds no NUL, whoever decodes it: once, and its path alone. */
function checkPath(url: string): void {
  if (!isPlainPath(url)) return
  const path = url.split(/[?#]/)[0] as string
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // The router refuses it.
    return
  }
  if (decoded.includes('\0')) throw new Error('a plain path has a NUL')
  if (decoded.split(/[/\\]/).includes('..')) throw new Error('a plain path climbs')
}

export const seeds = [
  'files/%2e%2E/a',
  'files/..%2fa?b=c&b=d&__proto__=e#f',
  'a%5c..%5cb/%00',
  'a=b; __proto__="c%20d"; e',
  '{"method":"m","params":{"__proto__":1}}',
]
