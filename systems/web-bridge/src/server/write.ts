// Writes a response to the browser: a small body with its head, a stream chunk by chunk, each as soon
// as it comes and only as fast as the browser takes them.
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { leave } from '../contract/parcels.js'
import type { ResponseHeaders } from '../handlers/handler.js'
import type { BridgeResponse } from './backend.js'

/** What belongs to this connection and not to the response; the length is counted, not believed. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])

/** Names and values in turn: the form that Node takes without looking each name up. */
type Head = OutgoingHttpHeader[]

export interface Writing {
  readonly requestId: string
  /** Close the connection after it: the rest of the request is not going to be read. */
  readonly close: boolean
}

/**
 * Resolves when all is written or the browser has gone; rejects when the body failed half-way or HTTP
 * can not carry it. By then nothing more can be said to the browser if `response.headersSent`.
 */
export async function write(
  response: ServerResponse,
  { status, headers, body }: BridgeResponse,
  { requestId, close }: Writing,
): Promise<void> {
  const head: Head = ['x-request-id', requestId]
  for (const given in headers) {
    const name = given.toLowerCase()
    if (!OURS.has(name)) head.push(name, headers[given] as OutgoingHttpHeader)
  }
  if (close) head.push('connection', 'close')
  const bodiless = status === 204 || status === 304 || response.req.method === 'HEAD'
  const isStream = typeof body === 'object' && !(body instanceof Uint8Array)
  if (isStream || status === 304) {
    const length = announcedIn(headers)
    if (length !== undefined && status !== 204) head.push('content-length', length)
    if (isStream && !bodiless) return writeStream(response, status, head, body, length)
    if (isStream) leave(body)
    response.writeHead(status, head).end()
    return
  }
  // Who answers a HEAD itself may tell the length of what a GET would get.
  const told = bodiless && body === undefined ? announcedIn(headers) : undefined
  if (status !== 204) head.push('content-length', told ?? lengthOf(body))
  response.writeHead(status, head)
  if (bodiless || body === undefined) response.end()
  else response.end(body)
}

function lengthOf(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

async function writeStream(
  response: ServerResponse,
  status: number,
  head: Head,
  body: AsyncIterable<Uint8Array>,
  announced: number | undefined,
): Promise<void> {
  const chunks = body[Symbol.asyncIterator]()
  let gone = false
  let wake: (() => void) | undefined
  const left = (): void => {
    gone = true
    wake?.()
    // Its own failure to end is nobody's concern any more.
    chunks.return?.().then(undefined, () => {})
  }
  response.once('close', left)
  response.on('drain', () => wake?.())
  try {
    response.writeHead(status, head)
    // An event stream may say nothing for a long time; the browser should know that it is open.
    response.flushHeaders()
    let bytes = 0
    for (;;) {
      const step = await chunks.next()
      if (gone) return
      if (step.done === true) break
      bytes += step.value.byteLength
      if (announced !== undefined && bytes > announced) throw mismatch(announced)
      if (response.write(step.value)) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      wake = undefined
      if (gone) return
    }
    if (announced !== undefined && bytes !== announced) throw mismatch(announced)
    response.off('close', left)
    response.end()
  } catch (error) {
    if (gone) return
    response.off('close', left)
    chunks.return?.().then(undefined, () => {})
    throw error
  }
}

/** Leaves the body of a response that nobody is going to read. */
export function leaveBody({ body }: BridgeResponse): void {
  if (typeof body === 'object' && !(body instanceof Uint8Array)) leave(body)
}

/** More or fewer bytes than that, and the browser takes a part of one response for another. */
function announcedIn(headers: ResponseHeaders): number | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

function mismatch(announced: number): Error {
  return new Error(`the body has not the ${announced} bytes that its content-length says`)
}
