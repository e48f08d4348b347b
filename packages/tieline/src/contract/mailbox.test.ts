// Contracts, streams and deadlines through a mailbox: nothing changes but the endpoint.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { connect } from './connect.js'
import { call, contract, notify, stream } from './index.js'
import { serve } from './serve.js'
import type { Handlers } from './types.js'

const Greeter = contract({
  name: 'greeter',
  version: '1.0',
  methods: {
    hello: call({ input: z.object({ name: z.string() }), output: z.string() }),
    bytes: call({ input: z.custom<Uint8Array>(), output: z.custom<Uint8Array>() }),
    count: stream({ input: z.object({ to: z.number() }), output: z.number() }),
    never: call({ output: z.string() }),
    log: notify({ input: z.string() }),
  },
})

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tieline-mailbox-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const logged: string[] = []
let stopped = false

const handlers: Handlers<typeof Greeter> = {
  hello: ({ name }) => `Hello ${name}`,
  bytes: (value) => value,
  async *count({ to }) {
    for (let n = 0; n < to; n++) yield n
  },
  never: (_, context) =>
    new Promise<string>((resolve) => {
      context.signal.addEventListener('abort', () => {
        stopped = true
        resolve('')
      })
    }),
  log: (text) => {
    logged.push(text)
  },
}

it('calls, bytes, streams, notifications, deadlines and a drain work through a mailbox', async () => {
  const server = await serve(Greeter, handlers, { at: `mailbox:${directory}#backend` })
  const client = await connect(Greeter, { at: `mailbox:${directory}#frontend` })
  expect(await client.hello({ name: 'Ada' })).toBe('Hello Ada')
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7)
  expect(Buffer.compare(await client.bytes(bytes), bytes)).toBe(0)
  const items: number[] = []
  for await (const n of client.count({ to: 5000 })) items.push(n)
  expect(items).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  for await (const n of client.count({ to: 1_000_000 })) if (n === 10) break
  await client.log('a note')
  await expect(client.never(undefined, { timeout: 50 })).rejects.toMatchObject({
    code: 'deadline-exceeded',
  })
  const many = await Promise.all(items.slice(0, 500).map((n) => client.hello({ name: String(n) })))
  expect(many[499]).toBe('Hello 499')
  expect(stopped).toBe(true)
  expect(logged).toEqual(['a note'])
  await client.$connection.close()
  await server.close()
})

it('a client comes back when the other side is started again', async () => {
  const at = `mailbox:${directory}#backend`
  const first = await serve(Greeter, handlers, { at })
  const client = await connect(Greeter, { at: `mailbox:${directory}#frontend` })
  expect(await client.hello({ name: 'a' })).toBe('Hello a')
  const before = client.$connection.peer
  await first.close()
  await before?.closed
  const second = await serve(Greeter, handlers, { at })
  expect(await client.hello({ name: 'b' })).toBe('Hello b')
  await client.$connection.close()
  await second.close()
})
