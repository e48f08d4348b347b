// What a handler process answers to the server, over the connection that the process has opened.
// Requests and answers are arrays: they are the hot path, and names would be most of their bytes.
import { call, contract, notify, stream, type } from 'tieline'
import type { RequestHeaders, ResponseHeaders } from '../handlers/handler.js'

/**
 * A body that is not in the message itself: the other side fetches it with `body`, or says `drop`.
 * Numbers count from 1 on each side of a connection.
 */
export type BodyNumber = number

/** What a message carries of a body: all of it, where to fetch it, or nothing. */
export type CarriedBody = string | Uint8Array | BodyNumber | null

/** Route, request id, method, path with query, params, headers, body. */
export type InvokeParams = readonly [
  route: string,
  requestId: string,
  method: string,
  url: string,
  params: Readonly<Record<string, string>>,
  headers: RequestHeaders,
  body: CarriedBody,
]

/** Status, headers, body. */
export type InvokeAnswer = readonly [status: number, headers: ResponseHeaders, body: CarriedBody]

/** Socket's id, and what the upgrade request had. */
export type SocketParams = readonly [
  route: string,
  socketId: string,
  requestId: string,
  url: string,
  params: Readonly<Record<string, string>>,
  headers: RequestHeaders,
]

/** A message, or the end with its code and reason. The handler's first frame is null: it has it. */
export type SocketFrame = string | Uint8Array | null | readonly [code: number, reason: string]

export const HandlerProcess = contract({
  name: 'web-bridge-handlers',
  version: '1.0',
  methods: {
    invoke: call({
      input: type<InvokeParams>(),
      output: type<InvokeAnswer>(),
      summary:
        'Run a handler; the answer has the head of the response, and its body if that is small',
    }),
    body: stream({
      input: type<BodyNumber>(),
      output: type<Uint8Array>(),
      summary: 'The body of a response that was too large for the answer, or has no known end',
    }),
    drop: notify({
      input: type<BodyNumber>(),
      summary: 'The body of that response is not wanted: the browser has gone',
    }),
    drain: notify({
      summary:
        'No new requests come; streams without an end of their own should end now, and sockets too',
    }),
    socket: stream({
      input: type<SocketParams>(),
      items: type<SocketFrame>(),
      output: type<SocketFrame>(),
      summary: "A WebSocket: the browser's messages in, the handler's out",
    }),
  },
})

/** RFC 6455's registry: the service restarts, and the browser may come again at once. */
export const SERVICE_RESTART = 1012

/** Bytes of a body that travel in the message itself. 64 KiB: a socket's buffer; past it a stream pays. */
export const INLINE_BYTES = 64 * 1024
/** Bytes of one item of a body's stream, where it is ours to cut. 64 KiB, as Node reads files. */
export const CHUNK_BYTES = 64 * 1024
