import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../bridge.test.helper.js'
import type { BridgeResponse } from './backend.js'
import { write } from './write.js'

/** The bytes of a response, as the browser gets them. */
async function written(response: BridgeResponse, method = 'GET', close = true): Promise<string> {
  const server = createServer((_request, to) => {
    to.sendDate = false
    write(to, response, { requestId: 'r1', close }).catch(() => to.destroy())
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk
  })
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)
  await until(() => socket.closed, 'the end of the connection')
  return received
}

async function* two(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('ab')
  yield Buffer.from('cd')
}

test('a text is written with its length in bytes, whatever length the handler claims', async () => {
  const headers = {
    'Content-Length': '1',
    'content-length': '2',
    'X-Request-Id': 'mine',
    'x-a': 'b',
  }
  expect(await written({ status: 200, headers, body: 'é' })).toBe(
    'HTTP/1.1 200 OK\r\nx-request-id: r1\r\nx-a: b\r\nconnection: close\r\ncontent-length: 2\r\n\r\n\xc3\xa9',
  )
})

test('headers that belong to the connection are not the handler’s to set', async () => {
  const headers = { connection: 'keep-alive', 'transfer-encoding': 'gzip', upgrade: 'x' }
  expect(await written({ status: 201, headers, body: undefined })).toBe(
    'HTTP/1.1 201 Created\r\nx-request-id: r1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  )
})

test('a stream is chunked, or has the length that it says', async () => {
  // Node 26 makes one chunk of both.
  expect(await written({ status: 200, headers: {}, body: two() })).toMatch(
    /\r\n\r\n(2\r\nab\r\n2\r\ncd|4\r\nabcd)\r\n0\r\n\r\n/,
  )
  const known = await written({ status: 200, headers: { 'content-length': '4' }, body: two() })
  expect(known).toContain('content-length: 4\r\n')
  expect(known.endsWith('\r\n\r\nabcd')).toBe(true)
})

test('204, 304 and HEAD have no body, and what was to be one is left', async () => {
  let left = 0
  const body = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error('not to be read')),
      return: async () => {
        left++
        return { done: true as const, value: undefined }
      },
    }),
  }
  const none = await written({ status: 204, headers: { 'content-length': '3' }, body })
  expect(none).not.toContain('content-length')
  await written({ status: 304, headers: {}, body })
  const head = await written({ status: 200, headers: { 'content-length': '3' }, body }, 'HEAD')
  expect(head).toContain('content-length: 3\r\n')
  expect(left).toBe(3)
  const own = { status: 200, headers: { 'content-length': '9' }, body: undefined }
  expect(await written(own, 'HEAD')).toContain('content-length: 9\r\n')
  for (const text of [none, head]) expect(text.endsWith('\r\n\r\n')).toBe(true)
})

test('a header that HTTP can not carry is refused, and nothing is written', async () => {
  expect(await written({ status: 200, headers: { 'x-a': 'a\r\nb: c' }, body: 'x' })).toBe('')
})
