import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock, settled } from 'tieline/testing'
import { expect, it } from 'vitest'
import { frontend } from './file-channel.js'

it('ends every wait with one error when its directory is removed, and leaves no timer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'file-channel-'))
  const clock = new FakeClock()
  const channel = await frontend(directory, { clock })
  const gone = { code: 'connection-lost', message: expect.stringMatching(/the directory is gone$/) }
  const next = expect(channel.messages().next()).rejects.toMatchObject(gone)
  const request = expect(channel.request('add')).rejects.toMatchObject(gone)
  await channel.recv()
  await settled()
  rmSync(directory, { recursive: true })
  await clock.pass(1000)
  await next
  await request
  await expect(channel.send({ type: 'event', method: 'x', payload: 1 })).rejects.toMatchObject(gone)
  await expect(channel.recv()).rejects.toMatchObject(gone)
  await channel.close()
  expect(clock.timers).toBe(0)
})

it('waits by the clock that is given', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'file-channel-'))
  const clock = new FakeClock()
  const channel = await frontend(directory, { clock })
  const second = await frontend(directory, { clock, turnTimeout: '2m' })
  await channel.claim()
  await Promise.all(Array.from({ length: 100 }, (_, n) => channel.sendEvent('n', n)))
  const codes = [
    channel.waitResponse('nobody', { timeout: '2m' }),
    channel.sendEvent('no room'),
    second.claim(),
  ].map((wait) => wait.then(String, ({ code }) => code))
  await settled()
  await clock.pass(150_000, 150)
  expect(await Promise.all(codes)).toEqual([
    'deadline-exceeded',
    'resource-exhausted',
    'endpoint-in-use',
  ])
  await channel.close()
  await second.close()
  expect(clock.timers).toBe(0)
  rmSync(directory, { recursive: true })
})
