import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ownFolder } from '../../../test/support/at-end.js'
import { failureOf } from '../src/command/failure.js'
import { endpointFrom, jsonFrom, paramsFor, protocolFrom } from './input.js'

const signal = new AbortController().signal

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    return failureOf(error, { program: 'tieline' }).line
  }
  throw new Error('it was accepted')
}

test.each([
  ['local:greeter', 'local:greeter'],
  ['/run/x.sock', 'unix:/run/x.sock'],
  ['./x.sock', `unix:${resolve('x.sock')}`],
  ['run/x.sock', `unix:${resolve('run/x.sock')}`],
  ['\\\\.\\pipe\\nvim', 'pipe:nvim'],
  ['ws://127.0.0.1:9001/', 'ws://127.0.0.1:9001/'],
  ['greeter', 'greeter'],
])('the endpoint %s is %s', (word, endpoint) => {
  expect(endpointFrom(word)).toBe(endpoint)
})

test('a protocol that is not there is told with the nearest one, or all of them', async () => {
  expect((await protocolFrom()).name).toBe('native')
  expect((await protocolFrom('msgpack-rpc')).name).toBe('msgpack-rpc')
  expect(await refusal(() => protocolFrom('msgpack'))).toBe(
    "there is no protocol 'msgpack'; did you mean msgpack-rpc?",
  )
  expect(await refusal(() => protocolFrom('toString'))).toBe(
    "there is no protocol 'toString'; there are native, msgpack-rpc, json-rpc, json-rpc-content-length",
  )
})

test('JSON comes from the argument or from a file', async () => {
  const folder = ownFolder()
  const file = join(folder, 'params.json')
  await writeFile(file, '{\n  "name": "Ada"\n}\n')
  expect(await jsonFrom(undefined, signal)).toBeUndefined()
  expect(await jsonFrom('[1, null]', signal)).toEqual([1, null])
  expect(await jsonFrom(`@${file}`, signal)).toEqual({ name: 'Ada' })
  await writeFile(file, '{\n  "name": Ada\n}\n')
  expect(await refusal(() => jsonFrom(`@${file}`, signal))).toContain(
    `${file} is wrong at line 2, character 11: expected a value, found "Ada"`,
  )
  expect(await refusal(() => jsonFrom(`@${folder}/none.json`, signal))).toBe(
    `cannot read the JSON from ${folder}/none.json: there is no such file`,
  )
})

test('JSON-RPC takes an object or an array as the params, and anything else as the one param', async () => {
  for (const protocol of ['json-rpc', 'json-rpc-content-length']) {
    const rpc = await protocolFrom(protocol)
    expect(rpc.name).toBe('json-rpc')
    const values = [undefined, null, 0, 'text', [1, 2], [], { a: 1 }]
    expect(values.map((value) => paramsFor(rpc, value))).toEqual([
      undefined,
      [null],
      [0],
      ['text'],
      [1, 2],
      [],
      { a: 1 },
    ])
  }
})

test('MessagePack-RPC takes an array as the params, and anything else as the one param', async () => {
  const rpc = await protocolFrom('msgpack-rpc')
  const native = await protocolFrom()
  expect([undefined, null, [1, 2], { a: 1 }].map((value) => paramsFor(rpc, value))).toEqual([
    [],
    [null],
    [1, 2],
    [{ a: 1 }],
  ])
  expect(paramsFor(native, { a: 1 })).toEqual({ a: 1 })
})
