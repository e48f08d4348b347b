// An agent in another process whose host goes away and comes back.
import { join } from 'node:path'
import { local } from 'tieline/transport'
import { beforeEach, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../../../../test/support/at-end.js'
import { type Agent, ChannelHost, connectAgent } from '../index.js'
import { bytesOf, client, Told, textOf } from '../testing/hosted.js'

const soon = { timeout: 15_000 }
let directory: string
let at: string
beforeEach(() => {
  directory = ownFolder()
  at = `unix:${join(directory, 'agents.sock')}`
})
async function hosting(): Promise<ChannelHost> {
  const host = new ChannelHost({ token: 'secret' })
  atEnd(() => host.close())
  await host.serveAgents({ at })
  return host
}

function kept(agent: Agent): Agent {
  atEnd(() => agent.abort(new Error('the test is over')))
  return agent
}

it('listens again on its ports, and tells what was lost and what is back', async () => {
  const first = await hosting()
  const log: string[] = []
  const agent = kept(
    await connectAgent({
      at,
      reconnect: { base: 5 },
      lost: () => log.push('lost'),
      restored: () => log.push('restored'),
    }),
  )
  const told = new Told('editor')
  const port = await agent.listen(0, told)
  await client(port.endpoint, 'secret')
  await expect.poll(() => told.channels.length, soon).toBe(1)
  first.abort(new Error('killed'))
  await expect.poll(() => log, soon).toEqual(['lost'])
  expect(told.ends).toMatchObject([{ by: 'remote' }])
  expect(told.losses).toEqual([])
  await expect(agent.listen(0)).rejects.toMatchObject({ code: 'unavailable' })
  const second = await hosting()
  await expect.poll(() => log, soon).toEqual(['lost', 'restored'])
  expect(second.status.ports).toMatchObject([{ port: port.port, userId: 'editor' }])
  const back = await client(port.endpoint, 'secret')
  await expect.poll(() => told.channels.length, soon).toBe(2)
  told.channel.send(bytesOf('hello again'))
  await expect.poll(() => back.messages.map(textOf), soon).toEqual(['hello again'])
  await port.ignore()
  expect(second.status.ports).toEqual([])
})

it('does not listen again on a port that was given up meanwhile', async () => {
  const first = await hosting()
  let restored = 0
  let losses = 0
  const agent = kept(
    await connectAgent({
      at,
      reconnect: { base: 5 },
      lost: () => {
        losses += 1
      },
      restored: () => {
        restored += 1
      },
    }),
  )
  const [early, late] = [await agent.listen(0), await agent.listen(0)]
  first.abort(new Error('killed'))
  await expect.poll(() => losses, soon).toBe(1)
  await early.ignore()
  const second = await hosting()
  await expect.poll(() => restored, soon).toBe(1)
  expect(second.status.ports.map(({ port }) => port)).toEqual([late.port])
  await late.ignore()
  expect(second.status.ports).toEqual([])
})

it('is told of a port that somebody else has meanwhile', async () => {
  const first = await hosting()
  const agent = kept(await connectAgent({ at, reconnect: { base: 5 } }))
  const told = new Told()
  const { port } = await agent.listen(0, told)
  first.abort(new Error('killed'))
  const second = new ChannelHost({ token: 'secret' })
  atEnd(() => second.close())
  await expect
    .poll(
      () =>
        second
          .agent()
          .listen(port, { userId: 'thief' })
          .then(
            () => true,
            () => false,
          ),
      soon,
    )
    .toBe(true)
  await second.serveAgents({ at })
  await expect
    .poll(() => told.losses, soon)
    .toMatchObject([{ code: 'endpoint-in-use', message: expect.stringContaining('thief') }])
})

it('has servers dialled again that it asked to be kept', async () => {
  const echo = new ChannelHost({ token: false, withoutOrigin: true })
  atEnd(() => echo.close())
  const there = await echo.agent().listen(0, { message: (one, bytes) => one.send(bytes) })
  const first = await hosting()
  const agent = kept(await connectAgent({ at, reconnect: { base: 5 } }))
  const [keeps, once] = [new Told(), new Told()]
  const kept_ = await agent.connect(there.endpoint, {
    reconnect: true,
    opened: (channel) => keeps.opened(channel),
    closed: (channel, why) => keeps.closed(channel, why),
  })
  await agent.connect(there.endpoint, once)
  first.abort(new Error('killed'))
  await expect.poll(() => [keeps.ends.length, once.ends.length], soon).toEqual([1, 1])
  await hosting()
  await expect.poll(() => keeps.channels.length, soon).toBe(2)
  expect(kept_.channel).toBe(keeps.channel)
  expect(once.channels.length).toBe(1)
})

it('ends with its connection when it was told not to reconnect', async () => {
  const host = await hosting()
  const losses: Error[] = []
  const agent = await connectAgent({ at, reconnect: false, lost: (error) => losses.push(error) })
  const told = new Told()
  await agent.listen(0, told)
  host.abort(new Error('killed'))
  await expect.poll(() => losses.length, soon).toBe(1)
  expect(told.losses.length).toBe(1)
  await expect(agent.listen(0)).rejects.toMatchObject({ code: 'unavailable' })
})

it('stops looking for its host when it is closed', async () => {
  const host = await hosting()
  const failures: Error[] = []
  const agent = await connectAgent({
    at,
    reconnect: { base: 1, cap: 2 },
    failed: (error) => failures.push(error),
  })
  host.abort(new Error('killed'))
  await expect.poll(() => failures.length, soon).toBeGreaterThan(2)
  await agent.close()
  const { length } = failures
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(failures.length).toBeLessThanOrEqual(length + 1)
})

it('is refused where there is no host, or something else', async () => {
  await expect(connectAgent({ at })).rejects.toMatchObject({ code: 'connection-refused' })
  const listener = await local(at).listen({
    accept(channel) {
      channel.open({ message() {}, drained() {}, closed() {} })
      channel.send(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'))
    },
  })
  atEnd(() => listener.close())
  await expect(connectAgent({ at })).rejects.toMatchObject({ code: 'too-large' })
})

it('is refused by a host that takes longer messages than it does itself', async () => {
  const host = new ChannelHost({ limits: { frameBytes: 2 ** 25 } })
  atEnd(() => host.close())
  await host.serveAgents({ at })
  await expect(connectAgent({ at })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('frameBytes'),
  })
  kept(await connectAgent({ at, limits: { frameBytes: 2 ** 25 } }))
})

it('gives up on a host that says nothing', async () => {
  const listener = await local(at).listen({
    accept: (channel) => channel.open({ message() {}, drained() {}, closed() {} }),
  })
  atEnd(() => listener.close())
  await expect(connectAgent({ at, limits: { firstFrameMs: 50 } })).rejects.toMatchObject({
    code: 'deadline-exceeded',
  })
})
