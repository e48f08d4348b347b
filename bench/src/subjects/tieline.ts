// What the tieline subjects share: serve and connect as users call them, or two bare peers, at the
// defaults: limits, deadlines, heartbeat and reconnection are on. Two limits are raised for all works
// to fit: bytes of a frame, for 16 MiB and its head, and connections, for 10,000.
import {
  type Clock,
  call,
  connect,
  contract,
  notify,
  type Protocol,
  type Schema,
  serve,
  stream,
  type,
} from 'tieline'
import { Peer, type Service } from 'tieline/peer'
import { local, type Transport } from 'tieline/transport'
import { items, type Subject, type Work } from '../subject.js'
import { value } from '../work.js'
import { fromBase64, toBase64 } from './base64.js'

const limits = { frameBytes: 1 << 25, connections: 20_000 }

function echoOf(work: Schema<Work>, bytes: Schema<Uint8Array>, text: Schema<string>) {
  return contract({
    name: 'echo',
    version: '1.0',
    methods: {
      call: call({ input: work, output: work }),
      binary: call({ input: bytes, output: bytes }),
      text: call({ input: text, output: text }),
      note: notify({ input: work }),
      noted: call({ output: type<number>() }),
      items: stream({ input: type<{ count: number }>(), output: work }),
    },
  })
}

export interface Served {
  readonly protocol: Protocol
  /** Instead of "contract without schemas". */
  readonly title?: string
  /** Schemas on both sides: the server checks params and results, the client the answers. */
  readonly schemas?: { readonly work: Schema<Work>; readonly bytes: Schema<Uint8Array> }
  readonly clock?: Clock
  /** The messages are JSON: bytes travel as base64. */
  readonly text?: true
  readonly cannot?: Subject['cannot']
  /** Another transport than the Unix socket at the path. */
  listening?(path: string): Promise<Transport>
  dialing?(path: string): Promise<Transport>
}

/** Through `serve` and `connect`. */
export function served(name: string, options: Served): Subject {
  const { protocol, schemas, text, cannot } = options
  const Echo = echoOf(schemas?.work ?? type(), schemas?.bytes ?? type(), type())
  const checked = schemas !== undefined
  return {
    name,
    title: `Tieline, serve and connect, ${options.title ?? `${protocol.name}, contract without schemas, defaults`}`,
    group: 'ours',
    ...(cannot && { cannot }),
    async server(path) {
      let notes = 0
      await serve(
        Echo,
        {
          call: (work: Work) => work,
          binary: (bytes) => bytes,
          text: (base64) => base64,
          note: () => {
            notes++
          },
          noted: () => notes,
          async *items({ count }) {
            yield* items(count, value)
          },
        },
        {
          at: (await options.listening?.(path)) ?? `unix:${path}`,
          protocol,
          limits,
          ...(options.clock && { clock: options.clock }),
          ...(checked && { validate: { input: true, output: true } }),
        },
      )
    },
    async client(path) {
      const at = (await options.dialing?.(path)) ?? `unix:${path}`
      const validate = { output: checked }
      const echo = await connect(Echo, {
        at,
        protocol,
        limits,
        ...(options.clock && { clock: options.clock }),
        ...(checked && { validate }),
      })
      return {
        call: (work) => echo.call(work),
        binary: text
          ? async (bytes) => fromBase64(await echo.text(toBase64(bytes)))
          : (bytes) => echo.binary(bytes),
        notify: (work) => echo.note(work),
        notified: () => echo.noted(),
        async stream(count, each) {
          for await (const item of echo.items({ count })) each(item)
        },
        close: () => echo.$connection.close(),
      }
    },
  }
}

/** Two bare peers: what contract and connector add is the difference to `served`. */
export function bare(name: string, protocol: Protocol): Subject {
  const inArray = protocol.params === 'positional'
  const service: Service = inArray
    ? (call) => (call.params as readonly unknown[])[0]
    : (call) => call.params
  return {
    name,
    title: `Tieline, two bare peers, ${protocol.name}, defaults`,
    group: 'ours',
    cannot: { notify: 'not written for the bare peers', stream: 'not written for the bare peers' },
    async server(path) {
      const accept = (channel: ConstructorParameters<typeof Peer>[0]) => {
        new Peer(channel, { protocol, role: 'server', service, limits })
      }
      await local(`unix:${path}`).listen({ accept })
    },
    async client(path) {
      const channel = await local(`unix:${path}`).connect()
      const peer = new Peer(channel, { protocol, role: 'client', limits })
      await peer.ready
      return {
        call: (work) => peer.call('call', inArray ? [work] : work),
        binary: (bytes) => peer.call('binary', inArray ? [bytes] : bytes),
        close: () => peer.close(),
      }
    },
  }
}
