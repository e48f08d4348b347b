// gRPC over a Unix socket: @grpc/grpc-js, messages of its own as protocol buffers.
import grpc from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { items, type Subject, type Work } from '../subject.js'
import { value } from '../work.js'

const field = (id: number, type: string) => ({ id, type })
// The descriptor's type asks for a comment.
const method = (requestType: string, responseType: string, responseStream = false) => ({
  requestType,
  responseType,
  responseStream,
  comment: '',
})
const echo = fromJSON(
  {
    nested: {
      Work: {
        fields: {
          id: field(1, 'int32'),
          name: field(2, 'string'),
          state: field(3, 'string'),
          title: field(4, 'string'),
          at: field(5, 'int32'),
          length: field(6, 'int32'),
          rate: field(7, 'double'),
          muted: field(8, 'bool'),
          tags: { rule: 'repeated', ...field(9, 'string') },
        },
      },
      Chunk: { fields: { bytes: field(1, 'bytes') } },
      Count: { fields: { count: field(1, 'int32') } },
      Echo: {
        methods: {
          Call: method('Work', 'Work'),
          Binary: method('Chunk', 'Chunk'),
          Items: method('Count', 'Work', true),
        },
      },
    },
  },
  // Fields that have their default value are left out on the wire: `muted: false` comes back so.
  { defaults: true },
)
const { Echo } = grpc.loadPackageDefinition(echo) as unknown as {
  Echo: grpc.ServiceClientConstructor
}
// Without these 16 MiB would be refused; a pool of one's own, so that each client has its connection.
const options = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.use_local_subchannel_pool': 1,
}

interface Chunk {
  readonly bytes: Uint8Array
}
interface Calls extends grpc.Client {
  Call(work: Work, done: grpc.requestCallback<Work>): void
  Binary(chunk: Chunk, done: grpc.requestCallback<Chunk>): void
  Items(count: { readonly count: number }): grpc.ClientReadableStream<Work>
}

export const subject: Subject = {
  name: 'grpc',
  title: '@grpc/grpc-js over a Unix socket, insecure credentials, protocol buffers',
  group: 'peer',
  cannot: { notify: 'no one-way calls: each has an answer' },
  async server(path) {
    const server = new grpc.Server(options)
    server.addService(Echo.service, {
      Call: (call: grpc.ServerUnaryCall<Work, Work>, done: grpc.sendUnaryData<Work>) =>
        done(null, call.request),
      Binary: (call: grpc.ServerUnaryCall<Chunk, Chunk>, done: grpc.sendUnaryData<Chunk>) =>
        done(null, call.request),
      Items: async (call: grpc.ServerWritableStream<{ count: number }, Work>) => {
        for (const item of items(call.request.count, value))
          if (!call.write(item)) await new Promise((resolve) => call.once('drain', resolve))
        call.end()
      },
    })
    const credentials = grpc.ServerCredentials.createInsecure()
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${path}`, credentials, (error) => (error ? reject(error) : resolve()))
    })
  },
  async client(path) {
    const credentials = grpc.credentials.createInsecure()
    const client = new Echo(`unix:${path}`, credentials, options) as unknown as Calls
    return {
      call: (work) => promised((done) => client.Call(work, done)),
      binary: async (bytes) =>
        (await promised<Chunk>((done) => client.Binary({ bytes }, done))).bytes,
      async stream(count, each) {
        for await (const item of client.Items({ count })) each(item)
      },
      close: () => client.close(),
    }
  },
}

function promised<T>(call: (done: grpc.requestCallback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error || answer === undefined ? reject(error) : resolve(answer)))
  })
}
