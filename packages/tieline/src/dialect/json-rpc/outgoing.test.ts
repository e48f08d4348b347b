// What this side sends, and what becomes of the answers.
import { describe, expect, test } from 'vitest'
import { settled } from '../../testing/fake-clock.js'
import { textServer } from '../../testing/json-rpc-text.js'

const silent = () => undefined

describe('a call', () => {
  test.each([
    [undefined, ''],
    [null, ''],
    [{}, ',"params":{}'],
    [[], ',"params":[]'],
    [{ a: 1, b: undefined }, ',"params":{"a":1}'],
    [[1, null], ',"params":[1,null]'],
    ['text', ',"params":["text"]'],
    [0, ',"params":[0]'],
    [false, ',"params":[false]'],
    // An object for us, a text for JSON.
    [new Date(0), ',"params":["1970-01-01T00:00:00.000Z"]'],
  ])('with %j', async (params, text) => {
    const server = textServer(silent)
    const calling = server.peer.call('m', params)
    server.peer.notify('n', params)
    expect(await server.say()).toEqual([
      `{"jsonrpc":"2.0","method":"m"${text},"id":1}`,
      `{"jsonrpc":"2.0","method":"n"${text}}`,
    ])
    await server.ask({ jsonrpc: '2.0', result: 5, id: 1 })
    expect(await calling).toBe(5)
    server.peer.abort()
  })

  test.each([
    ['object', '{}'],
    ['array', '[]'],
  ] as const)('without params has empty ones where that is asked: %s', async (params, text) => {
    const server = textServer(silent, { params, absentParams: 'empty' })
    server.peer.notify('n')
    expect(await server.say()).toEqual([`{"jsonrpc":"2.0","method":"n","params":${text}}`])
    server.peer.abort()
  })

  test('that cannot be written rejects, and nothing of it is sent', async () => {
    const server = textServer(silent)
    const calling = server.peer.call('m', { run: () => {} })
    await expect(calling).rejects.toMatchObject({ code: 'invalid-argument', sent: 'no' })
    expect(await server.say()).toEqual([])
    server.peer.abort()
  })

  test('that is cancelled says so', async () => {
    const server = textServer(silent)
    const controller = new AbortController()
    const calling = server.peer.call('m', undefined, { signal: controller.signal })
    await server.say()
    controller.abort()
    await expect(calling).rejects.toMatchObject({ code: 'cancelled' })
    expect(await server.say()).toEqual([
      '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}',
    ])
    // The other side answers it all the same, which is no surprise. A second answer is one.
    const late = { jsonrpc: '2.0', error: { code: -32800, message: 'cancelled' }, id: 1 }
    expect(await server.ask(late)).toEqual([])
    expect(server.dropped).toEqual([])
    expect(await server.ask(late)).toEqual([])
    expect(server.dropped).toMatchObject([{ what: 'late-answer' }])
    server.peer.abort()
  })

  test('that is cancelled is not waited for in any number', async () => {
    const server = textServer(silent, { limits: { calls: 2 } })
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController()
      const calling = server.peer.call('m', undefined, { signal: controller.signal })
      controller.abort()
      await expect(calling).rejects.toMatchObject({ code: 'cancelled' })
    }
    await server.say()
    await server.ask(...[1, 2, 3].map((id) => ({ jsonrpc: '2.0', result: 1, id })))
    expect(server.dropped).toHaveLength(1)
    server.peer.abort()
  })

  test('that is cancelled says nothing where there is no word for it', async () => {
    const server = textServer(silent, { cancel: false })
    const controller = new AbortController()
    const calling = server.peer.call('m', undefined, { signal: controller.signal })
    await server.say()
    controller.abort()
    await expect(calling).rejects.toMatchObject({ code: 'cancelled' })
    expect(await server.say()).toEqual([])
    server.peer.abort()
  })

  test('has no streams, and says so', async () => {
    const server = textServer(silent)
    await expect(server.peer.stream('m').next()).rejects.toMatchObject({ code: 'unsupported' })
    await expect(server.peer.ping()).rejects.toMatchObject({ code: 'unsupported' })
    server.peer.abort()
  })
})

describe('an answer', () => {
  test.each([
    ['null', null],
    ['0', 0],
    ['{"a":[1]}', { a: [1] }],
  ])('of %s', async (text, value) => {
    const server = textServer(silent)
    const calling = server.peer.call('m')
    await server.say(`{"jsonrpc":"2.0","result":${text},"id":1}`)
    expect(await calling).toEqual(value)
    server.peer.abort()
  })

  test('that sends the other of result and error as null is understood', async () => {
    const server = textServer(silent)
    const fine = server.peer.call('m')
    const failing = server.peer.call('m')
    void failing.catch(() => {})
    await server.say('{"id":1,"result":7,"error":null}')
    await server.say('{"id":2,"result":null,"error":{"code":-32001,"message":"no"}}')
    expect(await fine).toBe(7)
    await expect(failing).rejects.toMatchObject({ code: '-32001' })
    server.peer.abort()
  })

  test.each([
    ['of an id that was never used', '7'],
    ['of an id that is a text', '"1"'],
    ['of an id that is a fraction', '1.5'],
    ['of an id that is not ours to use', '0'],
    ['of an id below that', '-1'],
    ['of no id', 'null'],
    ['of an id beyond all numbers', '1e999'],
    ['of an id that is a list', '[1]'],
  ])('%s is counted and changes nothing', async (_, id) => {
    const server = textServer(silent)
    const calling = server.peer.call('m')
    await server.say()
    expect(await server.say(`{"jsonrpc":"2.0","result":5,"id":${id}}`)).toEqual([])
    const failure = `{"jsonrpc":"2.0","error":{"code":-32600,"message":"?"},"id":${id}}`
    expect(await server.say(failure)).toEqual([])
    expect(server.dropped).toMatchObject([{ what: 'late-answer' }, { what: 'late-answer' }])
    await server.say('{"jsonrpc":"2.0","result":6,"id":1}', '{"jsonrpc":"2.0","result":7,"id":1}')
    expect(await calling).toBe(6)
    expect(server.dropped).toHaveLength(3)
    server.peer.abort()
  })

  test('in a batch is understood', async () => {
    const server = textServer(silent)
    const calls = ['a', 'b'].map((method) => server.peer.call(method))
    await server.say()
    const answers = [2, 1].map((id) => ({ jsonrpc: '2.0', result: `of ${id}`, id }))
    expect(await server.ask(answers)).toEqual([])
    expect(await Promise.all(calls)).toEqual(['of 1', 'of 2'])
    server.peer.abort()
  })
})

test('closing says nothing, as there is no word for it, and waits for what is in flight', async () => {
  const server = textServer(silent)
  const calling = server.peer.call('m')
  const closing = server.peer.close()
  expect(await server.say()).toEqual(['{"jsonrpc":"2.0","method":"m","id":1}'])
  const refused = await server.ask({ jsonrpc: '2.0', method: 'x', id: 'late' })
  expect(refused).toMatchObject([
    { id: 'late', error: { code: -32000, data: { code: 'unavailable' } } },
  ])
  await server.say('{"jsonrpc":"2.0","result":6,"id":1}')
  expect(await calling).toBe(6)
  await closing
  await settled()
  expect(server.peer.state).toBe('closed')
})
