import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel } from '../../channel/channel.js'
import { channelSuite } from '../../testing/channel-suite.js'
import { transportSuite } from '../../testing/transport-suite.js'
import { mailbox } from './mailbox.js'

function directory() {
  const made = mkdtempSync(join(tmpdir(), 'tieline-mailbox-'))
  return { made, remove: () => rmSync(made, { recursive: true, force: true }) }
}

channelSuite('a connection through a mailbox', async () => {
  const { made, remove } = directory()
  const accepted: Channel[] = []
  const listener = await mailbox(`mailbox:${made}#backend`).listen({
    accept: (channel) => accepted.push(channel),
  })
  const left = await mailbox(`mailbox:${made}#frontend`).connect()
  const right = accepted[0] as Channel
  const cleanup = async () => {
    await listener.close()
    remove()
  }
  return { left, right, cleanup }
})

transportSuite('a mailbox', () => {
  const { made, remove } = directory()
  return {
    server: mailbox(`mailbox:${made}#backend`),
    client: mailbox(`mailbox:${made}#frontend`),
    cleanup: remove,
  }
})
