// A host of another version: the agent says which both are, before it does anything.
import { join } from 'node:path'
import { limitsWith } from 'tieline'
import { local } from 'tieline/transport'
import { ByteSink } from 'tieline/wire'
import { expect, it } from 'vitest'
import { ownFolder } from '../../../../test/support/at-end.js'
import { agentWire } from '../envelope/codec.js'
import { type Message, VERSION } from '../envelope/messages.js'
import { connectAgent } from '../index.js'

async function refusedBy(...said: Message[]): Promise<unknown> {
  const directory = ownFolder()
  const at = `unix:${join(directory, 'agents.sock')}`
  let heard = 0
  let ended = 0
  const listener = await local(at).listen({
    accept(channel) {
      channel.open({
        message: (bytes) => {
          heard += bytes.length
        },
        drained() {},
        closed: () => {
          ended += 1
        },
      })
      const out = new ByteSink()
      for (const one of said) agentWire().encode(one, out, limitsWith())
      channel.send(out.take() as Uint8Array)
    },
  })
  try {
    return await connectAgent({ at }).then(
      () => 'connected',
      (error: unknown) => error,
    )
  } finally {
    await expect.poll(() => ended, { timeout: 30_000 }).toBe(1)
    expect(heard).toBe(0)
    await listener.close()
  }
}

const welcome = { endpoint: 'ws://127.0.0.1:0/', messageBytes: 1000, queuedBytes: 1000 }

it.each([VERSION + 1, VERSION - 1, 65_535])(
  'version %i is refused with both named',
  async (version) => {
    expect(await refusedBy({ kind: 'Welcome', version, ...welcome })).toMatchObject({
      code: 'version-mismatch',
      message: expect.stringMatching(new RegExp(`version ${version}, and this agent ${VERSION}$`)),
    })
  },
)

it('what comes before Welcome is refused, and nothing is done with it', async () => {
  const opened = { kind: 'Opened', port: 1, userId: '', channel: 1 } as const
  const error = await refusedBy(opened, { kind: 'Welcome', version: VERSION, ...welcome })
  expect(error).toMatchObject({ code: 'malformed', message: expect.stringContaining('Opened') })
})
