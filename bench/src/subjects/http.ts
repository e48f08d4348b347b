// What both HTTP subjects share: a plain node:http server, JSON in a POST, bytes as they are, streams as
// lines of JSON in a body.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { items } from '../subject.js'
import { value } from '../work.js'

export const cannot = { notify: 'no one-way calls: each request has an answer' }
export const json = { 'content-type': 'application/json' }
export const octets = { 'content-type': 'application/octet-stream' }

export function echoServer(): Server {
  // Connections are kept until the client closes them.
  return createServer(
    { keepAliveTimeout: 0 },
    (request, response) => void answer(request, response),
  )
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
  if (request.url === '/binary') {
    response.writeHead(200, { ...octets, 'content-length': body.length }).end(body)
  } else if (request.url === '/items') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    Readable.from(linesOf(Number(body))).pipe(response)
  } else {
    const text = JSON.stringify(JSON.parse(body.toString()))
    response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(text) }).end(text)
  }
}

function* linesOf(count: number): Generator<string> {
  for (const item of items(count, value)) yield `${JSON.stringify(item)}\n`
}

/** Hands over the values of a body of lines. */
export async function readLines(
  body: AsyncIterable<Uint8Array>,
  each: (item: unknown) => void,
): Promise<void> {
  const text = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + text.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) each(JSON.parse(line))
  }
}
