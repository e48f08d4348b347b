// Fuzz target: a request that asks to become a WebSocket, as its head. What is let in has this server's
// name, an allowed origin, the token and the path, each exactly.
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { accessTo, refusalOf } from './access.js'
import { tokenProtocol, webSocketAddress } from './protocol.js'

export const name = 'websocket-handshake'

const TOKEN = 'open sesame'
const ORIGIN = 'https://app.example'
const HOSTS = ['127.0.0.1:9001', '[::1]:9001', 'localhost:9001']
const SENT_TOKEN = tokenProtocol(TOKEN)
const access = accessTo(webSocketAddress('ws://127.0.0.1:9001/live'), 9001, TOKEN, {
  origins: [ORIGIN],
})
const socket = new Socket()
const decoder = new TextDecoder('latin1')

/** As Node's parser leaves it: the URL, and the headers one after the other. */
function requestOf(text: string): IncomingMessage {
  const [first = '', ...lines] = text.split('\r\n')
  const request = new IncomingMessage(socket)
  request.url = first.split(' ')[1] ?? ''
  const raw = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon <= 0 ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  request.rawHeaders = raw
  const distinct: Record<string, string[]> = Object.create(null)
  const joined: Record<string, string> = Object.create(null)
  for (let at = 0; at < raw.length; at += 2) {
    const key = (raw[at] as string).toLowerCase()
    const value = raw[at + 1] as string
    distinct[key] = [...(distinct[key] ?? []), value]
    joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`
  }
  Object.defineProperty(request, 'headersDistinct', { value: distinct })
  Object.defineProperty(request, 'headers', { value: joined })
  return request
}

export function target(bytes: Uint8Array): void {
  const text = decoder.decode(bytes)
  const request = requestOf(text)
  const refusal = refusalOf(request, access)
  if (refusal !== undefined) {
    if (/[\r\n]/.test(refusal.why)) throw new Error('the reason is more than one line')
    const { host = [], origin = [] } = request.headersDistinct
    // A client that sends its token as its name has told it already.
    const told = [...host, ...origin].join().includes(SENT_TOKEN)
    if (!told && refusal.why.includes(SENT_TOKEN)) throw new Error('the reason tells the token')
    return
  }
  const { host, origin, 'sec-websocket-protocol': offered = [] } = request.headersDistinct
  const let_in =
    host?.length === 1 &&
    HOSTS.includes((host[0] as string).toLowerCase()) &&
    (origin === undefined || (origin.length === 1 && origin[0] === ORIGIN)) &&
    offered.join().includes(SENT_TOKEN) &&
    request.url === '/live'
  if (!let_in) throw new Error(`it was let in: ${JSON.stringify(text)}`)
}

const proper = [
  'GET /live HTTP/1.1',
  'Host: 127.0.0.1:9001',
  `Origin: ${ORIGIN}`,
  `Sec-WebSocket-Protocol: tieline, ${SENT_TOKEN}`,
]

export const seeds = [
  proper.join('\r\n'),
  [...proper, 'Host: other'].join('\r\n'),
  'GET / HTTP/1.1\r\nHost: localhost.evil.test\r\nOrigin: null',
]
