import { expect, test } from 'vitest'
import { ByteSink, joined } from '../bytes.js'
import { memoryPair } from '../channel/index.js'
import { msgpackRpc, native } from '../dialect/index.js'
import { defaultLimits } from '../limits.js'
import { FakeClock } from '../testing/fake-clock.js'
import { Inbox } from './inbox.js'
import { sharedTerms, type Terms } from './terms.js'

function anInbox(terms: Terms) {
  const methods: string[] = []
  const [channel] = memoryPair()
  const inbox = new Inbox(channel, terms, {
    receive: (envelope) => envelope.kind === 'notify' && methods.push(envelope.method),
    reply: () => {},
    turn: () => {},
  })
  return { methods, push: (chunk: Uint8Array) => inbox.push(chunk, 0, terms.clock) }
}

test.each([native(), msgpackRpc()])(
  'connections in $name share a reader, but never in the middle of a value',
  (protocol) => {
    const terms = sharedTerms(protocol, defaultLimits, new FakeClock())
    const sink = new ByteSink()
    const envelope = { kind: 'notify', method: 'log', params: ['x'], meta: undefined } as const
    terms.dialect.direct?.encode(envelope, sink, defaultLimits)
    const bytes = joined(sink.take() ?? [])
    const [one, other] = [anInbox(terms), anInbox(terms)]
    for (let cut = 1; cut < bytes.length; cut++) {
      one.push(bytes.subarray(0, cut))
      other.push(bytes)
      other.push(bytes.subarray(0, bytes.length - cut))
      one.push(bytes.subarray(cut))
      other.push(bytes.subarray(bytes.length - cut))
    }
    const times = bytes.length - 1
    expect(one.methods).toEqual(Array.from({ length: times }, () => 'log'))
    expect(other.methods).toHaveLength(2 * times)
    expect(terms.readers).toHaveLength(2)
  },
)
