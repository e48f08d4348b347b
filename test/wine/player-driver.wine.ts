// The player driver at a named pipe: two clients, a player, its events, and the end of each.
import { randomUUID } from 'node:crypto'
import { DriverHost, IpcDriver, noTexts, serveDriver } from '@tieline/player-driver'
import { expect, it, vi } from 'vitest'

const newPipe = () => `pipe:fsct-${randomUUID()}`

it('a player registered by one client is told to another, until its client leaves', async () => {
  const at = newPipe()
  const server = await serveDriver(new DriverHost(), { at })
  const [mine, theirs] = [await IpcDriver.connect({ at }), await IpcDriver.connect({ at })]
  const player = await mine.registerPlayer('wine')
  await mine.updatePlayerTimeline(player, {
    positionMs: 1000,
    updateUnixMs: Date.now(),
    durationMs: 5000,
    rate: 1,
  })
  expect(server.host.status().players).toMatchObject([{ player, selfId: 'wine' }])
  expect(server.connections).toBe(2)
  await mine.close()
  await vi.waitFor(() => expect(server.host.status().players).toEqual([]))
  await theirs.close()
  await server.close()
  expect(noTexts.title).toBe(null)
})

it('a client whose driver ends is told, and finds the next one at the same pipe', async () => {
  const at = newPipe()
  const first = await serveDriver(new DriverHost(), { at })
  const client = await IpcDriver.connect({ at })
  await first.close()
  await expect(client.registerPlayer('x')).rejects.toMatchObject({ name: 'TielineError' })
  await client.close()
  const second = await serveDriver(new DriverHost(), { at })
  const again = await IpcDriver.connect({ at })
  expect(await again.registerPlayer('x')).toBeGreaterThan(0)
  await again.close()
  await second.close()
})
