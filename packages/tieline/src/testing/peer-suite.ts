// What two peers must do, whatever protocol they speak and whatever channel carries it. Imports vitest.
//
//   peerSuite('native over a Unix socket', { protocol: native, pair: () => socketPair() })
import { afterEach, describe } from 'vitest'
import { PeerHarness, type PeerSuiteParts } from './peer-harness.js'
import { callTests } from './peer-suite-calls.js'
import { endTests } from './peer-suite-ends.js'
import { itemTests } from './peer-suite-items.js'
import { notificationTests } from './peer-suite-notifications.js'
import { streamTests } from './peer-suite-streams.js'

export type { PeerSuiteParts } from './peer-harness.js'

/** Runs the suite. What the dialect cannot do is skipped, or tested to be refused. */
export function peerSuite(name: string, parts: PeerSuiteParts): void {
  const harness = new PeerHarness(parts)
  describe(`two peers that speak ${name}`, () => {
    afterEach(() => harness.end())
    callTests(harness)
    notificationTests(harness)
    streamTests(harness)
    itemTests(harness)
    endTests(harness)
  })
}
