// What `serve` and `connect` make of an endpoint: its transport, and what is spoken there unless told.
import type { Protocol } from '../dialect/dialect.js'
import { native } from '../dialect/native.js'
import type { Transport } from '../transport/transport.js'

/** An endpoint's transport, loaded when it is first used. */
export async function transportAt(at: string | Transport): Promise<Transport> {
  if (typeof at !== 'string') return at
  const { transportFor } = await import('../transport/open.js')
  return transportFor(at)
}

/** The native protocol, in the form that the transport's channels carry. */
export function nativeOver({ unit }: Transport): Protocol {
  return native({ over: unit === 'message' ? 'messages' : 'bytes' })
}
