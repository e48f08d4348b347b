// The peer suite over real Unix sockets.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Channel } from '../channel/index.js'
import { msgpackRpc, native } from '../dialect/index.js'
import type { ChannelPair } from '../testing/peer-harness.js'
import { later } from '../testing/peer-harness.js'
import { peerSuite } from '../testing/peer-suite.js'
import { local } from '../transport/index.js'

const directory = mkdtempSync(join(tmpdir(), 'tieline-peer-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let sockets = 0

async function pair(): Promise<ChannelPair> {
  const transport = local(`unix:${directory}/${++sockets}.sock`)
  const accepted = later<Channel>()
  const listener = await transport.listen({ accept: accepted.resolve })
  const left = await transport.connect()
  const right = await accepted.promise
  await listener.close()
  return [left, right]
}

peerSuite('native over a Unix socket', { protocol: native, pair })
peerSuite('MessagePack-RPC over a Unix socket', { protocol: msgpackRpc, pair })
