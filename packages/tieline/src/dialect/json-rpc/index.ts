// JSON-RPC 2.0, as its specification has it, in lines, behind Content-Length headers or in messages.
// What language servers, MCP servers and the player driver's clients speak.
import { type Codec, json } from '../../codec/index.js'
import { TielineError } from '../../errors.js'
import { contentLength, lines } from '../../framing/index.js'
import { defaultLimits, type Limits } from '../../limits.js'
import { framed, perMessage, type Wire } from '../../wire/index.js'
import type { Protocol } from '../dialect.js'
import { JsonRpcDialect, type JsonRpcForm } from './dialect.js'
import { documents } from './documents.js'
import { type JsonRpcErrors, jsonRpcErrors } from './errors.js'

export { type JsonRpcError, type JsonRpcErrors, jsonRpcCode, jsonRpcErrors } from './errors.js'

/** What `jsonRpc` takes. */
export interface JsonRpcOptions {
  /**
   * How messages are told apart: one a line; behind a Content-Length header, as language servers do;
   * or by a channel that keeps them apart.
   */
  readonly framing: 'lines' | 'content-length' | 'message'
  /**
   * How a contract's params are written: by name, where they are an object (default), or by position
   * in the order that the contract declares. Both are read, whichever is written.
   */
  readonly params?: 'object' | 'array'
  /** What stands in place of params that there are none of: nothing (default), or `{}` or `[]`. */
  readonly absentParams?: 'omit' | 'empty'
  /** The notification that takes a request back, both ways. '$/cancelRequest' unless told; false for none. */
  readonly cancel?: string | false
  /** Bytes of one message, where that is to be less than the limit frameBytes. */
  readonly maxBytes?: number
  /** How errors are mapped, where that differs from `jsonRpcErrors`. */
  readonly errors?: Partial<JsonRpcErrors>
}

/**
 * JSON-RPC 2.0. There are no streams, deadlines, metadata or pings in it. A message that is no JSON,
 * or no request, is answered with an error, and the connection goes on.
 * @example
 * await serve(Greeter, handlers, { at: 'local:greeter', protocol: jsonRpc({ framing: 'lines' }) })
 */
export function jsonRpc(options: JsonRpcOptions): Protocol {
  const { framing, cancel = '$/cancelRequest', maxBytes = Number.POSITIVE_INFINITY } = options
  const inArray = options.params === 'array'
  const codec = documents(json())
  const form: JsonRpcForm = {
    codec,
    errors: { ...jsonRpcErrors, ...options.errors },
    cancel: cancel === false ? undefined : cancel,
    absentParams: options.absentParams === 'empty' ? (inArray ? [] : {}) : undefined,
  }
  const narrow = narrower(maxBytes)
  return {
    name: 'json-rpc',
    params: inArray ? 'positional' : 'named',
    wire: narrowed(wireOf(framing, codec), narrow),
    dialect: (limits = defaultLimits) => new JsonRpcDialect(form, narrow(limits)),
    recognises: framing === 'content-length' ? beginsHeader : beginsJson,
  }
}

function wireOf(framing: JsonRpcOptions['framing'], codec: Codec<unknown>): Wire<unknown> {
  switch (framing) {
    case 'lines':
      return framed(lines(), codec)
    case 'content-length':
      return framed(contentLength(), codec)
    case 'message':
      return perMessage(codec)
    default:
      throw new TielineError(
        'invalid-argument',
        `framing must be 'lines', 'content-length' or 'message', not ${JSON.stringify(framing)}`,
      )
  }
}

/** The limits with a `frameBytes` of at most `maxBytes`. Connections share theirs, so the last is kept. */
function narrower(maxBytes: number): (limits: Limits) => Limits {
  if (!(maxBytes > 0)) {
    throw new TielineError('invalid-argument', `maxBytes must be above 0, not ${maxBytes}`)
  }
  let given: Limits | undefined
  let narrow: Limits = defaultLimits
  return (limits) => {
    if (limits.frameBytes <= maxBytes) return limits
    if (limits !== given) {
      given = limits
      narrow = { ...limits, frameBytes: maxBytes }
    }
    return narrow
  }
}

function narrowed<W>(wire: Wire<W>, narrow: (limits: Limits) => Limits): Wire<W> {
  return {
    unit: wire.unit,
    encode: (value, out, limits) => wire.encode(value, out, narrow(limits)),
    decoder: (limits) => wire.decoder(narrow(limits)),
  }
}

const BLANKS = [0x20, 0x09, 0x0a, 0x0d]
const OBJECT = 0x7b
const BATCH = 0x5b

function beginsJson(head: Uint8Array): boolean | undefined {
  const first = head.find((byte) => !BLANKS.includes(byte))
  return first === undefined ? undefined : first === OBJECT || first === BATCH
}

/** How Content-Length and Content-Type begin, whichever comes first. */
const HEADER = 'content-'

function beginsHeader(head: Uint8Array): boolean | undefined {
  const text = String.fromCharCode(...head.subarray(0, HEADER.length)).toLowerCase()
  if (!HEADER.startsWith(text)) return false
  return text.length === HEADER.length ? true : undefined
}
