import { memoryPair } from 'tieline/channel'
import { expect, it } from 'vitest'
import { Rate, Traffic } from './traffic.js'

it('counts the bytes of every channel, both ways', async () => {
  const [near, far] = memoryPair({ unit: 'message' })
  const traffic = new Traffic()
  const refuse = () => Promise.reject(new Error('not here'))
  const transport = traffic.counted({
    endpoint: 'pair',
    unit: 'message',
    listen: refuse,
    connect: async () => near,
  })
  const channel = await transport.connect()
  const closed = new Promise<void>((resolve) => {
    channel.open({ message: () => {}, drained: () => {}, closed: () => resolve() })
  })
  far.open({ message: () => {}, drained: () => {}, closed: () => {} })
  channel.send(new Uint8Array(3))
  channel.send([new Uint8Array(4), new Uint8Array(5)])
  far.send(new Uint8Array(7))
  await far.close()
  await closed
  expect(traffic).toMatchObject({ sent: 12, received: 7 })
})

it('makes rates of counts', () => {
  const rate = new Rate()
  expect(rate.look(100, 1000)).toBe(0)
  expect(rate.look(160, 2000)).toBe(60)
  expect(rate.look(160, 2500)).toBe(0)
  expect(rate.look(200, 2500)).toBe(0)
})
