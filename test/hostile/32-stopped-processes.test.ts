// Row 32, the part of it that peers have: a process stopped with SIGSTOP is given up by the other side,
// and SIGCONT does not revive the old conversation; one that was stopped itself takes nobody for dead.
import type { Channel } from 'tieline/channel'
import { native } from 'tieline/dialect'
import { Peer } from 'tieline/peer'
import { endPrograms, errorOf, later, Program } from 'tieline/testing'
import { local } from 'tieline/transport'
import { afterEach, expect, test } from 'vitest'
import { atEnd, ownFolder } from '../support/at-end.js'

const directory = ownFolder()
let sockets = 0
afterEach(endPrograms)

const CLIENT = `
  import { native } from 'tieline/dialect'
  import { Peer } from 'tieline/peer'
  import { local } from 'tieline/transport'
  const [endpoint, heartbeat] = process.argv.slice(1)
  const channel = await local(endpoint).connect()
  const options = { protocol: native(), role: 'client', service: () => 'alive' }
  const peer = new Peer(channel, { ...options, heartbeat: heartbeat ? Number(heartbeat) : false })
  await peer.ready
  const { error } = await peer.closed
  console.log('closed', error?.code)
`

/** A child that is connected to us, with heartbeats of its own or of ours. */
async function connected(heartbeats: { ours?: number; theirs?: number }) {
  const endpoint = `unix:${directory}/${++sockets}.sock`
  const accepted = later<Channel>()
  const listener = await local(endpoint).listen({ accept: accepted.resolve })
  const child = new Program(CLIENT, { args: [endpoint, String(heartbeats.theirs ?? '')] })
  const peer = new Peer(await accepted.promise, {
    protocol: native(),
    role: 'server',
    heartbeat: heartbeats.ours ?? false,
  })
  atEnd(() => peer.abort())
  atEnd(() => listener.close())
  expect(await peer.call('state')).toBe('alive')
  return { child, peer }
}

test('who is stopped is given up, and is told so when it goes on', async () => {
  const { child, peer } = await connected({ ours: 200 })
  child.kill('SIGSTOP')
  const call = errorOf(peer.call('state', 0, { timeout: '1h' }))
  expect(await call).toMatchObject({ code: 'connection-lost', sent: 'maybe' })
  expect((await peer.closed).error?.message).toContain('no sign of life')
  child.kill('SIGCONT')
  expect(await child.line('closed')).toMatch(/connection-lost|undefined/)
  expect(await child.exit).toEqual({ code: 0, signal: null })
})

test('who was stopped itself takes nobody for dead', async () => {
  const { child, peer } = await connected({ theirs: 200 })
  for (const ms of [300, 1500]) {
    child.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    child.kill('SIGCONT')
    expect(await peer.call('state')).toBe('alive')
  }
  expect(child.lines).toEqual([])
})
