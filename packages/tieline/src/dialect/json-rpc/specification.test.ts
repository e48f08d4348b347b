// Every example in section 7 of the JSON-RPC 2.0 specification, text by text, in each framing. The
// messages of errors are free there: what is compared is everything else.
import { describe, expect, test } from 'vitest'
import { fail } from '../../errors.js'
import type { Service } from '../../peer/index.js'
import { FRAMINGS, textServer } from '../../testing/json-rpc-text.js'

const heard: unknown[] = []

const service: Service = ({ kind, method, params }) => {
  if (kind === 'notify') heard.push([method, params])
  switch (method) {
    case 'subtract': {
      const [minuend, subtrahend] = Array.isArray(params)
        ? (params as number[])
        : [(params as Operands).minuend, (params as Operands).subtrahend]
      return (minuend as number) - (subtrahend as number)
    }
    case 'sum':
      return (params as number[]).reduce((sum, each) => sum + each, 0)
    case 'get_data':
      return ['hello', 5]
    case 'update':
    case 'notify_sum':
    case 'notify_hello':
      return undefined
    default:
      throw fail('unknown-method', `unknown method: ${method}`)
  }
}

interface Operands {
  readonly minuend: number
  readonly subtrahend: number
}

interface Example {
  readonly name: string
  readonly sent: string
  /** The message of an error is not compared. */
  readonly answer?: string
  readonly notified?: unknown[]
}

const EXAMPLES: Example[] = [
  {
    name: 'positional parameters',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    answer: '{"jsonrpc": "2.0", "result": 19, "id": 1}',
  },
  {
    name: 'positional parameters in their order',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    answer: '{"jsonrpc": "2.0", "result": -19, "id": 2}',
  },
  {
    name: 'named parameters',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    answer: '{"jsonrpc": "2.0", "result": 19, "id": 3}',
  },
  {
    name: 'named parameters in any order',
    sent: '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    answer: '{"jsonrpc": "2.0", "result": 19, "id": 4}',
  },
  {
    name: 'a notification',
    sent: '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
    notified: [['update', [1, 2, 3, 4, 5]]],
  },
  {
    name: 'a notification of a method that there is not',
    sent: '{"jsonrpc": "2.0", "method": "foobar"}',
    notified: [['foobar', undefined]],
  },
  {
    name: 'a method that there is not',
    sent: '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    answer:
      '{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"}',
  },
  {
    name: 'invalid JSON',
    sent: '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    answer: '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}',
  },
  {
    name: 'an invalid request',
    sent: '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
    answer:
      '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null}',
  },
  {
    name: 'a batch of invalid JSON',
    sent: `[
  {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
  {"jsonrpc": "2.0", "method"
]`,
    answer: '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}',
  },
  {
    name: 'an empty array',
    sent: '[]',
    answer:
      '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null}',
  },
  {
    name: 'an invalid batch that is not empty',
    sent: '[1]',
    answer: `[
  {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null}
]`,
  },
  {
    name: 'an invalid batch',
    sent: '[1,2,3]',
    answer: `[
  {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null},
  {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null},
  {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null}
]`,
  },
  {
    name: 'a batch',
    sent: `[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]`,
    answer: `[
        {"jsonrpc": "2.0", "result": 7, "id": "1"},
        {"jsonrpc": "2.0", "result": 19, "id": "2"},
        {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null},
        {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "5"},
        {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}
    ]`,
    notified: [['notify_hello', [7]]],
  },
  {
    name: 'a batch of notifications',
    sent: `[
        {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
    ]`,
    notified: [
      ['notify_sum', [1, 2, 4]],
      ['notify_hello', [7]],
    ],
  },
]

/** The text without its blanks and with errors' messages made equal: key order and all else count. */
function plain(text: string): string {
  return text
    .replace(/\s(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '')
    .replace(/("code":-?\d+,"message":)"(?:[^"\\]|\\.)*"/g, '$1""')
}

describe.each(FRAMINGS)('the examples of the specification, framed by %s', (framing) => {
  test.each(EXAMPLES)('$name', async ({ sent, answer, notified = [] }) => {
    heard.length = 0
    const server = textServer(service, { framing })
    const answers = await server.say(sent)
    expect(answers.map(plain)).toEqual(answer === undefined ? [] : [plain(answer)])
    expect(heard).toEqual(notified)
    // And whatever that was, the connection goes on.
    expect(await server.ask({ jsonrpc: '2.0', method: 'sum', params: [1, 2], id: 9 })).toEqual([
      { jsonrpc: '2.0', result: 3, id: 9 },
    ])
    server.peer.abort()
  })
})
