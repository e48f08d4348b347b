// Peers of a test end with it, and leave nothing in their tables.
import type { Peer } from 'tieline/peer'
import { expect } from 'vitest'
import { atEnd } from '../support/at-end.js'

/** The first frame of a native conversation, with the least that it may say. */
export const HELLO = [0, 'tieline', 1, 0, null, null]

/** To be called with each peer that a test makes. */
export function emptied(...peers: readonly Peer[]): void {
  atEnd(async () => {
    for (const peer of peers) {
      peer.abort()
      await peer.closed
      expect(peer.load).toEqual({ outgoing: 0, incoming: 0, streams: 0, queuedBytes: 0 })
    }
  })
}
