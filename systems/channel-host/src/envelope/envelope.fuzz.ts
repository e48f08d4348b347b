// Fuzz target: what an agent in another process may send to the host, and tables that stand alone.
import { codecTarget, refusedOr, wireTarget } from 'tieline/testing'
import { agentWire, envelopes } from './codec.js'
import { BODY_NAMES } from './layout.js'
import { samples, written } from './samples.test.helper.js'
import { verifyTable } from './verify.js'

export const name = 'channel-host'

const ofCodec = codecTarget(envelopes())
const ofWire = wireTarget(agentWire())

export function target(bytes: Uint8Array): void {
  ofCodec(bytes)
  ofWire(bytes)
  for (const table of BODY_NAMES) refusedOr(() => verifyTable(bytes, table))
}

const envelopesOfAll = samples.map((message) => Buffer.from(written(message)))

export const seeds = [
  ...envelopesOfAll,
  ...envelopesOfAll.map((bytes) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return Buffer.concat([length, bytes])
  }),
  // A table of the original's.
  Buffer.from(
    '1000000000000a000c000400080006000a000000292350c304000000070000006578616d706c6500',
    'hex',
  ),
].map((bytes) => bytes.toString('latin1'))
