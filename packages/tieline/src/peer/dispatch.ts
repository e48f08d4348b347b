// What came is handed to the part it is for.
import type { Envelope, Goaway, Hello } from '../dialect/envelope.js'
import type { Connection } from './connection.js'
import type { IncomingCalls } from './incoming.js'
import type { Liveness } from './liveness.js'
import type { OutgoingCalls } from './outgoing.js'

export interface Parts {
  readonly connection: Connection
  readonly outgoing: OutgoingCalls
  readonly incoming: IncomingCalls
  readonly liveness: Liveness
  hello(hello: Hello): void
  goaway(goaway: Goaway): void
}

/** `bytes`: what it took on the wire. `now`: when it came. */
export function dispatch(envelope: Envelope, to: Parts, bytes: number, now: number): void {
  switch (envelope.kind) {
    case 'request':
      to.connection.inbox.asked++
      to.incoming.request(envelope, now)
      break
    case 'result':
      to.outgoing.result(envelope)
      break
    case 'error':
      to.outgoing.failure(envelope)
      break
    case 'notify':
      to.connection.inbox.asked++
      to.incoming.notify(envelope, bytes, now)
      break
    case 'item':
      if (envelope.from === 'callee') to.outgoing.item(envelope, bytes)
      else to.incoming.item(envelope, bytes)
      break
    case 'end':
      if (envelope.from === 'callee') to.outgoing.end(envelope.id)
      else to.incoming.itemsEnd(envelope.id)
      break
    case 'credit':
      if (envelope.from === 'caller') to.incoming.credit(envelope.id, envelope.bytes)
      else to.outgoing.credit(envelope.id, envelope.bytes)
      break
    case 'cancel':
      to.incoming.cancel(envelope.id, now)
      break
    case 'hello':
      to.hello(envelope)
      break
    case 'goaway':
      to.goaway(envelope)
      break
    case 'ping':
      to.connection.sendIfCan({ kind: 'pong', token: envelope.token })
      break
    case 'pong':
      to.liveness.pong(envelope.token, to.connection.clock.now())
      break
  }
}
