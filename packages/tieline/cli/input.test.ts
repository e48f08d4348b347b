import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { Arguments } from './arguments.js'
import { failureOf } from './failure.js'
import {
  countFrom,
  durationFrom,
  endpointFrom,
  jsonFrom,
  paramsFor,
  protocolFrom,
} from './input.js'

const signal = new AbortController().signal
const args = (options: Record<string, string>) =>
  new Arguments([], new Map(Object.entries(options)))

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    return failureOf(error).line
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

test('durations need a unit', async () => {
  expect(durationFrom(args({}), 'timeout')).toBeUndefined()
  expect(durationFrom(args({ timeout: '1.5s' }), 'timeout')).toBe(1500)
  expect(await refusal(() => durationFrom(args({ timeout: '5' }), 'timeout'))).toBe(
    '--timeout 5 has no unit; write 500ms, 5s, 2m or 1h',
  )
  expect(await refusal(() => durationFrom(args({ timeout: 'soon' }), 'timeout'))).toBe(
    '--timeout soon is not a duration; write 500ms, 5s, 2m or 1h',
  )
})

test('counts are whole numbers from 1', async () => {
  expect(countFrom(args({ count: '12' }), 'count', 'n')).toBe(12)
  for (const count of ['0', '-1', '1.5', 'many', '99999999999999999999']) {
    expect(await refusal(() => countFrom(args({ count }), 'count', 'n'))).toBe(
      `-n ${count} is not a count; write a number from 1 up`,
    )
  }
})

test('a protocol that is not there is told with the nearest one, or all of them', async () => {
  expect((await protocolFrom(args({}))).name).toBe('native')
  expect((await protocolFrom(args({ protocol: 'msgpack-rpc' }))).name).toBe('msgpack-rpc')
  expect(await refusal(() => protocolFrom(args({ protocol: 'msgpack' })))).toBe(
    "there is no protocol 'msgpack'; did you mean msgpack-rpc?",
  )
  expect(await refusal(() => protocolFrom(args({ protocol: 'toString' })))).toBe(
    "there is no protocol 'toString'; there are native, msgpack-rpc, json-rpc, json-rpc-content-length",
  )
})

test('JSON comes from the argument or from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tieline-cli-'))
  try {
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
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('JSON-RPC takes an object or an array as the params, and anything else as the one param', async () => {
  for (const protocol of ['json-rpc', 'json-rpc-content-length']) {
    const rpc = await protocolFrom(args({ protocol }))
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
  const rpc = await protocolFrom(args({ protocol: 'msgpack-rpc' }))
  const native = await protocolFrom(args({}))
  expect([undefined, null, [1, 2], { a: 1 }].map((value) => paramsFor(rpc, value))).toEqual([
    [],
    [null],
    [1, 2],
    [{ a: 1 }],
  ])
  expect(paramsFor(native, { a: 1 })).toEqual({ a: 1 })
})
