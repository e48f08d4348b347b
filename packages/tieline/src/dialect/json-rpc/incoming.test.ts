// What the other side sends: ids of every form, cancels, messages that are none, batches and their bounds.
import { describe, expect, test } from 'vitest'
import { fail } from '../../errors.js'
import type { Call, Service } from '../../peer/index.js'
import { settled } from '../../testing/fake-clock.js'
import { textServer } from '../../testing/json-rpc-text.js'

const echo: Service = (call) => call.params

/** Calls that are answered by hand, by method. */
function byHand() {
  const calls: { call: Call; answer(value: unknown): void }[] = []
  const service: Service = (call) => new Promise((resolve) => calls.push({ call, answer: resolve }))
  return { calls, service }
}

const request = (id: unknown, method = 'm', params?: unknown) => ({
  jsonrpc: '2.0',
  method,
  ...(params === undefined ? {} : { params }),
  id,
})
const cancel = (id: unknown) => ({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })
const errorCode = (answer: unknown) => (answer as { error?: { code: number } }).error?.code
const messageOf = (answer: unknown) => (answer as { error: { message: string } }).error.message

describe('the id of a request comes back as it was', () => {
  test.each([
    '1',
    '0',
    '-1',
    '-0',
    '1.5',
    '-0.25',
    '9007199254740991',
    '-9007199254740991',
    '1e-7',
    '""',
    '"1"',
    '"1.0"',
    '"__proto__"',
    '"ünï→𝄞"',
    '"\\u0000\\n\\""',
    '"\\ud800"',
    `"${'x'.repeat(1024)}"`,
    'null',
  ])('%s', async (id) => {
    const server = textServer(echo)
    const answers = await server.say(`{"jsonrpc":"2.0","method":"m","id":${id}}`)
    expect(answers).toEqual([`{"jsonrpc":"2.0","result":null,"id":${id}}`])
    server.peer.abort()
  })

  test.each([
    ['a number that lost its last digits', '9007199254740993'],
    ['a number beyond all numbers', '1e400'],
    ['a text that is too long to keep', `"${'x'.repeat(1025)}"`],
    ['a truth', 'true'],
    ['a list', '[1]'],
    ['an object', '{}'],
  ])('but not %s', async (_, id) => {
    const server = textServer(echo)
    const [answer] = await server.say(`{"jsonrpc":"2.0","method":"m","id":${id}}`)
    expect(JSON.parse(answer ?? '')).toMatchObject({ id: null, error: { code: -32600 } })
    server.peer.abort()
  })

  test('also where several are open that look alike, in whatever order they are answered', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    const ids = [1, '1', null, null, '', 0, '0', 1.5, '1.5']
    expect(await server.ask(...ids.map((id, at) => request(id, `m${at}`)))).toEqual([])
    for (const { call, answer } of [...calls].reverse()) answer(call.method)
    expect(await server.ask()).toEqual(
      ids.map((id, at) => ({ jsonrpc: '2.0', result: `m${at}`, id })).reverse(),
    )
    server.peer.abort()
  })

  test('also where it is used again while it is open', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    await server.ask(request(1, 'a'), request(1, 'b'))
    for (const { call, answer } of calls) answer(call.method)
    expect(await server.ask()).toMatchObject([
      { id: 1, result: 'a' },
      { id: 1, result: 'b' },
    ])
    server.peer.abort()
  })
})

describe('a cancel', () => {
  test('fires the signal, answers the request, and nothing comes later', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    await server.ask(request('a'))
    const [one] = calls
    expect(await server.ask(cancel('a'))).toEqual([
      {
        jsonrpc: '2.0',
        error: { code: -32800, message: 'the request was cancelled' },
        id: 'a',
      },
    ])
    expect(one?.call.signal.aborted).toBe(true)
    one?.answer('too late')
    expect(await server.ask(cancel('a'))).toEqual([])
    expect(server.peer.load.incoming).toBe(0)
    server.peer.abort()
  })

  test('means the id of that form and no other', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    await server.ask(request(1), request('1'), request(null))
    const signals = calls.map(({ call }) => call.signal)
    expect(await server.ask(cancel('1'))).toMatchObject([{ id: '1', error: { code: -32800 } }])
    expect(await server.ask(cancel(null), cancel(2), cancel(undefined))).toEqual([])
    expect(signals.map((signal) => signal.aborted)).toEqual([false, true, false])
    server.peer.abort()
  })

  test('of params that are none is passed over', async () => {
    const server = textServer(echo)
    const odd = { jsonrpc: '2.0', method: '$/cancelRequest' }
    const texts = [odd, { ...odd, params: [1] }, { ...odd, params: { id: {} } }]
    expect(await server.ask(...texts)).toEqual([])
    expect(await server.ask(request(1))).toHaveLength(1)
    server.peer.abort()
  })

  test('has the name it is given, or is a notification like any other', async () => {
    const { calls, service } = byHand()
    const named = textServer(service, { cancel: 'stop' })
    await named.ask(request(1))
    expect(await named.ask({ ...cancel(1), method: 'stop' })).toMatchObject([{ id: 1 }])
    named.peer.abort()

    const seen: unknown[] = []
    const none = textServer((call) => void seen.push([call.kind, call.method, call.params]), {
      cancel: false,
    })
    expect(none.peer.protocol.dialect().can.cancel).toBeUndefined()
    expect(await none.ask(cancel(1))).toEqual([])
    expect(seen).toEqual([['notify', '$/cancelRequest', { id: 1 }]])
    expect(calls).toHaveLength(1)
    none.peer.abort()
  })
})

describe('what is no request', () => {
  test.each([
    ['a text', '"text"', null],
    ['null', 'null', null],
    ['no version', '{"method":"m","id":1}', 1],
    ['another version', '{"jsonrpc":"1.0","method":"m","id":"x"}', 'x'],
    ['a version that is a number', '{"jsonrpc":2,"method":"m"}', null],
    ['params that are a text', '{"jsonrpc":"2.0","method":"m","params":"bar","id":1}', 1],
    ['params that are a number', '{"jsonrpc":"2.0","method":"m","params":0}', null],
    ['a method that is null', '{"jsonrpc":"2.0","method":null,"id":1}', 1],
    ['neither a method nor an answer', '{"jsonrpc":"2.0","id":1}', null],
    ['an answer of nothing', '{"jsonrpc":"2.0","id":1,"error":null}', null],
  ])('%s is answered as invalid', async (_, text, id) => {
    const server = textServer(echo)
    const answers = (await server.say(text)).map((answer) => JSON.parse(answer) as unknown)
    expect(answers).toMatchObject([{ jsonrpc: '2.0', id, error: { code: -32600 } }])
    expect(messageOf(answers[0])).toMatch(/^invalid request: .{1,120}$/)
    expect(await server.ask(request(2))).toHaveLength(1)
    server.peer.abort()
  })

  test('is told where it stops being JSON, and not what it was', async () => {
    const server = textServer(echo)
    const [answer] = await server.say('{"password": "secret" "more"}')
    expect(JSON.parse(answer ?? '')).toEqual({
      jsonrpc: '2.0',
      error: { code: -32700, message: 'parse error: not JSON at character 22' },
      id: null,
    })
    server.peer.abort()
  })

  test('too deep or too many elements are answered, as their frame was whole', async () => {
    const server = textServer(echo, { limits: { depth: 5, elements: 100 } })
    const [deep] = await server.say('[[[[[[1]]]]]]')
    const [many] = await server.say(`[${'1,'.repeat(200)}1]`)
    expect([deep, many].map((text) => messageOf(JSON.parse(text ?? '')))).toEqual([
      expect.stringContaining('limit depth'),
      expect.stringContaining('elements'),
    ])
    expect(await server.ask(request(2))).toHaveLength(1)
    server.peer.abort()
  })

  test('a line past the limit ends the connection, with a last word', async () => {
    const server = textServer(echo, { maxBytes: 200 })
    expect(await server.say(`"${'x'.repeat(198)}"`)).toHaveLength(1)
    const [words] = await server.say(`"${'x'.repeat(199)}"`)
    expect(JSON.parse(words ?? '')).toEqual({
      jsonrpc: '2.0',
      error: {
        code: -32000,
        message: 'a line has no end after 200 bytes; the limit frameBytes is 200',
        data: { code: 'too-large' },
      },
      id: null,
    })
    expect((await server.peer.closed).error).toMatchObject({ code: 'too-large' })
  })

  test('a limit that leaves no room for last words ends it without them', async () => {
    const server = textServer(echo, { maxBytes: 50 })
    expect(await server.say('x'.repeat(51))).toEqual([])
    expect((await server.peer.closed).error).toMatchObject({ code: 'too-large' })
    const other = textServer(echo, { maxBytes: 50 })
    expect(await other.say('no JSON')).toEqual([])
    expect((await other.peer.closed).error).toMatchObject({ code: 'too-large' })
  })

  test('a header that is none ends the connection, with a last word', async () => {
    const server = textServer(echo, { framing: 'content-length' })
    const [words] = await server.raw('GET / HTTP/1.1\r\n\r\n')
    expect(JSON.parse(words ?? '')).toMatchObject({ id: null, error: { code: -32700 } })
    expect((await server.peer.closed).error).toMatchObject({ code: 'malformed' })
  })

  test('blank lines are passed over', async () => {
    const server = textServer(echo)
    expect(await server.say('', '', JSON.stringify(request(1)), '')).toHaveLength(1)
    server.peer.abort()
  })

  test('keys that could reach a prototype reach nothing', async () => {
    const server = textServer(echo)
    const [answer] = await server.say(
      '{"jsonrpc":"2.0","method":"m","params":{"__proto__":{"a":1},"constructor":2},"id":1}',
    )
    expect(answer).toBe('{"jsonrpc":"2.0","result":{"constructor":2},"id":1}')
    expect(({} as { a?: number }).a).toBeUndefined()
    server.peer.abort()
  })
})

describe('params', () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['[1,2]', [1, 2]],
    ['[]', []],
    ['{}', {}],
    // Not of the specification, and sent by some for params that there are none of.
    ['null', undefined],
  ])('%s arrive', async (text, params) => {
    const seen: unknown[] = []
    const server = textServer((call) => void seen.push(call.params))
    await server.say(`{"jsonrpc":"2.0","method":"m","params":${text},"id":1}`)
    expect(seen).toEqual([params])
    server.peer.abort()
  })
})

describe('a batch', () => {
  test('is answered when the last of its requests is, in the order of the answers', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    expect(await server.ask([request(1, 'a'), request(2, 'b'), 5, request(3, 'c')])).toEqual([])
    for (const at of [2, 0]) calls[at]?.answer(at)
    expect(await server.ask()).toEqual([])
    calls[1]?.answer(undefined)
    expect(await server.ask()).toMatchObject([
      [
        { id: null, error: { code: -32600 } },
        { id: 3, result: 2 },
        { id: 1, result: 0 },
        { id: 2, result: null },
      ],
    ])
    server.peer.abort()
  })

  test('may hold answers of ours, cancels and batches that are none', async () => {
    const { calls, service } = byHand()
    const server = textServer(service)
    const ours = server.peer.call('theirs')
    const [asked] = (await server.ask()) as { id: number }[]
    const answers = await server.ask([
      request('a'),
      { jsonrpc: '2.0', result: 'answered', id: asked?.id },
      cancel('a'),
      [request('b')],
    ])
    expect(await ours).toBe('answered')
    expect(calls).toHaveLength(1)
    expect(answers).toMatchObject([
      [
        { id: 'a', error: { code: -32800 } },
        { id: null, error: { code: -32600 } },
      ],
    ])
    server.peer.abort()
  })

  test('whose answers cannot all be sent still answers each', async () => {
    const service: Service = ({ method }) => {
      if (method === 'unwritable') return () => {}
      if (method === 'large') return 'x'.repeat(620)
      if (method === 'chatty') throw fail('chatty', 'y'.repeat(2000))
      if (method === 'secret') throw new Error('secret')
      return 'fine'
    }
    const methods = ['large', 'large', 'unwritable', 'chatty', 'secret', 'fine']
    const limits = { frameBytes: 2300 }
    const server = textServer(service, { limits })
    const [answers] = await server.ask(methods.map((method, id) => request(id, method)))
    expect((answers as { id: number }[]).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5])
    expect((answers as unknown[]).map((answer) => errorCode(answer))).toEqual([
      undefined,
      -32000,
      -32603,
      -32000,
      -32603,
      undefined,
    ])
    expect(answers).toMatchObject([
      { result: 'x'.repeat(620) },
      { error: { data: { code: 'too-large' } } },
      { error: { message: expect.stringContaining('unwritable') } },
      { error: { message: 'it does not fit into the batch' } },
      { error: { message: 'internal error' } },
      { result: 'fine' },
    ])
    server.peer.abort()
  })

  test('never grows past what one message may be, whatever is asked', async () => {
    const sizes = [0, 1, 50, 100, 200, 300, 400, 500, 600]
    for (const frameBytes of [1500, 2000, 3000, 5000]) {
      for (const count of [1, 2, 4, 5]) {
        for (const size of sizes) {
          const server = textServer(() => 'x'.repeat(size), { limits: { frameBytes } })
          const [text] = await server.say(
            JSON.stringify(Array.from({ length: count }, (_, id) => request(id))),
          )
          expect(text?.length).toBeLessThanOrEqual(frameBytes)
          expect(server.peer.state).toBe('open')
          const answers = JSON.parse(text ?? '') as unknown[]
          if (Array.isArray(answers)) expect(answers).toHaveLength(count)
          server.peer.abort()
        }
      }
    }
  })

  test.each([
    ['of too many messages', { calls: 3 }, -32600, 'limit calls is 3'],
    ['whose answers cannot fit one message', { frameBytes: 1000 }, -32600, 'frameBytes is 1000'],
    ['that takes too much to hold', { queuedBytes: 1000 }, -32000, 'limit queuedBytes is 1000'],
  ])('%s is refused as one, and none of it runs', async (_, limits, code, why) => {
    let ran = 0
    const server = textServer(() => ran++, { limits })
    const [answer] = await server.ask([0, 1, 2, 3].map((id) => request(id)))
    expect(answer).toMatchObject({ id: null, error: { code } })
    expect(messageOf(answer)).toContain(why)
    expect(ran).toBe(0)
    server.peer.abort()
  })

  test('counts for what it holds until it is answered, and no longer', async () => {
    const { calls, service } = byHand()
    const server = textServer(service, { limits: { queuedBytes: 1000 } })
    for (let round = 0; round < 3; round++) {
      expect(await server.ask([request(1), request(2), request(3)])).toEqual([])
      expect(messageOf((await server.ask([request(4)]))[0])).toContain('queuedBytes')
      for (const { answer } of calls.splice(0)) answer('fine')
      expect(await server.ask()).toHaveLength(1)
    }
    server.peer.abort()
  })

  test('of notifications is never answered, however long', async () => {
    let ran = 0
    const server = textServer(() => void ran++)
    const note = { jsonrpc: '2.0', method: 'm' }
    expect(await server.ask(Array.from({ length: 1024 }, () => note))).toEqual([])
    await settled()
    expect(ran).toBe(1024)
    server.peer.abort()
  })
})
