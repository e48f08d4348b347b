// The supervisor at a named pipe: both kinds of client, and an app that is started, logs and is stopped.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BunctlContract,
  bunctl,
  MESSAGE_BYTES,
  SupervisorContract,
  startDaemon,
} from '@tieline/supervisor'
import { connect } from 'tieline'
import { expect, it, vi } from 'vitest'

async function started() {
  const directory = mkdtempSync(join(tmpdir(), 'superctl-'))
  const daemon = await startDaemon({
    place: { endpoint: `pipe:superctl-${randomUUID()}`, shared: false },
    directory,
    version: '0.0.0',
    log: () => {},
  })
  const at = daemon.endpoint
  const ours = await connect(SupervisorContract, { at, reconnect: false })
  const original = await connect(BunctlContract, {
    at,
    protocol: bunctl(),
    reconnect: false,
    limits: { frameBytes: MESSAGE_BYTES },
  })
  return {
    ours,
    original,
    async [Symbol.asyncDispose]() {
      await ours.$connection.close()
      await original.$connection.close()
      await daemon.close('stop')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const app = (name: string, script: string) => ({
  name,
  command: process.execPath,
  args: ['-e', script],
})

it('answers both kinds of client, and refuses in one clear line', async () => {
  await using test = await started()
  expect(await test.ours.list()).toEqual([])
  expect(await test.original.List()).toEqual([])
  await expect(test.ours.stop({ name: 'x' })).rejects.toMatchObject({ code: 'not-found' })
  await expect(test.original.Stop({ name: 'x' })).rejects.toMatchObject({ code: 'remote-error' })
})

// Not shown: the stop of an app that runs. It goes to a whole process group, which Windows has not.
it('starts an app, keeps its output, and starts it again when it failed', async () => {
  await using test = await started()
  const script = "console.log('hello from the app'); process.exitCode = 3"
  await test.ours.start({ config: app('a', script) })
  await vi.waitFor(async () => {
    const [status] = await test.ours.status({})
    expect(status?.last_exit_code).toBe(3)
    expect(status?.restarts).toBeGreaterThan(0)
    expect(JSON.stringify(await test.ours.logs({ name: 'a', lines: 10 }))).toContain('hello')
  })
})
