// A program that is talked to over its stdin and stdout in JSON-RPC: with vscode-jsonrpc, or with Tieline.
//   node json-rpc-child.mjs vscode | tieline
import { call, contract, jsonRpc, serve, type } from 'tieline'
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'

if (process.argv[2] === 'vscode') {
  const reader = new StreamMessageReader(process.stdin)
  const connection = createMessageConnection(reader, new StreamMessageWriter(process.stdout))
  connection.onRequest('add', ({ a, b }) => a + b)
  connection.onRequest('ask', async () => `${await connection.sendRequest('name')}, asked`)
  connection.onRequest(
    'wait',
    (token) =>
      new Promise((resolve) => {
        token.onCancellationRequested(() => {
          void connection.sendNotification('stopped', 'vscode')
          resolve('stopped')
        })
      }),
  )
  connection.listen()
} else {
  const any = type()
  const Adder = contract({
    name: 'adder',
    version: '1.0',
    methods: {
      add: call({ input: any, output: any, params: ['a', 'b'] }),
      ask: call({ output: any }),
      wait: call({ output: any }),
    },
  })
  await serve(
    Adder,
    {
      add: ({ a, b }) => a + b,
      ask: async (_, { peer }) => `${await peer.call('name')}, asked`,
      wait: (_, { peer, signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            peer.notify('stopped', ['tieline'])
            resolve('stopped')
          })
        }),
    },
    { at: 'stdio:', protocol: jsonRpc({ framing: 'content-length' }) },
  )
}
