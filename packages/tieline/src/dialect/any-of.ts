// Several protocols at one endpoint, told apart by how a connection begins.
import { malformed, TielineError } from '../errors.js'
import type { Protocol } from './dialect.js'

/** For `serve`, in place of a protocol. A client always speaks one. */
export interface AnyOf {
  /** For messages: 'msgpack-rpc, json-rpc or native'. */
  readonly name: string
  readonly among: readonly Protocol[]
  /** What all of them need a channel to preserve. */
  readonly unit: 'bytes' | 'message'
}

/** First bytes of a connection that are looked at. 64: a native hello takes 14, and nobody indents that far. */
export const HEAD_BYTES = 64

/**
 * Serves each connection in the protocol it begins with. Where a beginning could be of several, the
 * first of them is taken. Throws `invalid-argument` for protocols that cannot be told apart by their
 * first bytes, or that need different channels.
 * @example
 * await serve(Player, handlers, {
 *   at: 'local:player',
 *   protocol: anyOf(msgpackRpc(), jsonRpc({ framing: 'lines' }), native()),
 * })
 */
export function anyOf(...among: readonly Protocol[]): AnyOf {
  const [first] = among
  if (first === undefined) throw wrong('needs a protocol')
  for (const { name, recognises, wire } of among) {
    if (recognises === undefined) throw wrong(`cannot tell ${name} by its first bytes`)
    if (wire.unit !== first.wire.unit) {
      throw wrong(
        `cannot serve ${first.name} and ${name} on one channel: of ${first.wire.unit}, of ${wire.unit}`,
      )
    }
  }
  return { name: listed(among.map(({ name }) => name)), among, unit: first.wire.unit }
}

export function isAnyOf(protocol: Protocol | AnyOf): protocol is AnyOf {
  return 'among' in protocol
}

/**
 * The protocol of a connection that begins with `head`; undefined while that is open. `last`: there is
 * no more to see. Throws `malformed` when it is none of them.
 */
export function recognise(
  { among, name }: AnyOf,
  head: Uint8Array,
  last: boolean,
): Protocol | undefined {
  for (const protocol of among) {
    const answer = protocol.recognises?.(head)
    if (answer) return protocol
    // It comes before the others, so they wait for it.
    if (answer === undefined && !last) return undefined
  }
  // The first byte alone: more could be somebody's secret.
  const first = head[0]?.toString(16).padStart(2, '0')
  const begin = first === undefined ? 'with nothing' : `with byte 0x${first}`
  throw malformed(`the connection begins ${begin}; expected ${name}`)
}

function wrong(why: string): TielineError {
  return new TielineError('invalid-argument', `anyOf ${why}`)
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${last}` : last
}
