import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listening, tryAddress } from './listen.js'

test('a port that another program has is told with the whole address', async () => {
  const first = createServer()
  await listening(first, '127.0.0.1', 0)
  onTestFinished(() => void first.close())
  const { port } = first.address() as AddressInfo
  await expect(listening(createServer(), '127.0.0.1', port, '/metrics')).rejects.toMatchObject({
    code: 'endpoint-in-use',
    message: `http://127.0.0.1:${port}/metrics: another program listens there`,
  })
})

test('an address of another machine is a wrong argument, and no fault of ours', async () => {
  // RFC 5737: for examples, and no machine's.
  await expect(listening(createServer(), '192.0.2.1', 0)).rejects.toMatchObject({
    code: 'invalid-argument',
    message: 'http://192.0.2.1:0: this machine has no such address',
  })
})

test('an address that is tried is free afterwards, or told as one in use', async () => {
  const first = createServer()
  await listening(first, '127.0.0.1', 0)
  const { port } = first.address() as AddressInfo
  await expect(tryAddress('127.0.0.1', port)).rejects.toMatchObject({ code: 'endpoint-in-use' })
  await new Promise((resolve) => first.close(resolve))
  await tryAddress('127.0.0.1', port)
  const second = createServer()
  await listening(second, '127.0.0.1', port)
  onTestFinished(() => void second.close())
})
