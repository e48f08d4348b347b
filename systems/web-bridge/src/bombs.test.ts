// Row 6: bodies that are a bomb to whoever takes them apart. They are refused or are values; the process
// that reads them goes on.
import { expect, test } from 'vitest'
import { bridgeWith } from './bridge.test.helper.js'

const BOMBS: Readonly<Record<string, string>> = {
  'lists in lists': '['.repeat(200_000),
  'lists in lists that end': '['.repeat(200_000) + ']'.repeat(200_000),
  'maps in maps': '{"a":'.repeat(100_000),
  'a map of many keys': `{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":0`).join()}}`,
  'a number of many digits': '9'.repeat(1_000_000),
  'escapes without end': `"${'\\u0000'.repeat(100_000)}`,
}

test.each(Object.entries(BOMBS))('%s in a body of JSON', async (_, bomb) => {
  const bridge = await bridgeWith({
    'POST /': async ({ body }) => {
      const value = await body.json()
      return typeof value
    },
  })
  const response = await fetch(bridge.url, { method: 'POST', body: bomb })
  expect([200, 400]).toContain(response.status)
  expect((await response.text()).length).toBeLessThan(200)
  expect(await (await fetch(bridge.url, { method: 'POST', body: '{}' })).text()).toBe('object')
})

test.each(Object.entries(BOMBS))('%s as a call over HTTP', async (_, bomb) => {
  const bridge = await bridgeWith({}, { rpc: [{ echo: (params) => params }] })
  const call = (body: string) =>
    fetch(`${bridge.url}/__zap_rpc`, {
      method: 'POST',
      body,
      headers: { 'x-bridge-token': bridge.token },
    })
  // Past its limit by its header, and within it.
  expect((await call(`{"method":"echo","params":${bomb}}`)).status).toBe(413)
  const short = await call(`{"method":"echo","params":${bomb.slice(0, 60_000)}`)
  expect(short.status).toBe(400)
  expect(await (await call('{"method":"echo","params":1}')).json()).toEqual({
    success: true,
    data: 1,
  })
})
