// What the server answers: to handler processes, that join and fetch request bodies; and to all, the
// functions of the server's process.
import { call, contract, notify, stream, type } from 'tieline'
import type { Route } from '../server/backend.js'
import type { BodyNumber } from './handler-process.js'

export interface Joining {
  readonly routes: readonly Route[]
  /** What the server gave the process that it started; undefined for one that somebody else did. */
  readonly launch?: string
  readonly pid: number
}

/** A function's name and its params. */
export type RpcParams = readonly [name: string, params?: unknown]

export const Bridge = contract({
  name: 'web-bridge',
  version: '1.0',
  methods: {
    join: call({
      input: type<Joining>(),
      output: type<{ readonly id: string }>(),
      summary: 'Take requests for these routes from now on, over this connection',
    }),
    leave: call({
      summary:
        'Send this process no more requests, once there is another for one that the server started. Answered when none is in flight any more',
    }),
    body: stream({
      input: type<BodyNumber>(),
      output: type<Uint8Array>(),
      summary: 'The body of a request that was too large for the message, or has no known end',
    }),
    rpc: call({
      input: type<RpcParams>(),
      output: type<unknown>(),
      summary: "Call a function of the server's process",
    }),
    rpcStream: stream({
      input: type<RpcParams>(),
      output: type<unknown>(),
      summary: 'Call one whose answer streams',
    }),
    rpcNotify: notify({ input: type<RpcParams>(), summary: 'Call one without an answer' }),
    rpcNames: call({
      output: type<readonly string[]>(),
      summary: 'The names of the functions',
    }),
  },
})
