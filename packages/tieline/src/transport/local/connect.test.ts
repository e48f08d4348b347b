// Connecting to a server that stands still while its queue of newcomers is full.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock, settled } from '../../testing/fake-clock.js'
import { local } from './local.js'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end()
})

const descriptors = () => readdirSync('/proc/self/fd').length

/** A server with no more than one place, stopped. */
async function stoppedServer(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  ends.push(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'full.sock')
  const program = `
    const path = ${JSON.stringify(path)}
    require('node:net').createServer().listen({ path, backlog: 1 }, () => console.log('ready'))
  `
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  const isStopped = () => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'))
  while (!isStopped()) await settled()
  return `unix:${path}`
}

describe.runIf(process.platform === 'linux')('a full queue of newcomers', () => {
  it('is waited at for as long as the attempt may take, and nothing is left of it', async () => {
    const endpoint = await stoppedServer()
    const clock = new FakeClock()
    const { connect } = local(endpoint, { clock })
    const before = descriptors()
    const attempts = Array.from({ length: 8 }, () => connect({ withinMs: 60_000 }))
    const outcomes = Promise.allSettled(attempts)
    await clock.pass(59_000)
    expect(clock.timers).toBeGreaterThan(0)
    await clock.pass(1000)
    const refused = (await outcomes).filter((one) => one.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) {
      expect(reason).toMatchObject({
        code: 'deadline-exceeded',
        endpoint,
        message: expect.stringContaining(`${endpoint} did not answer within 60000 ms`),
      })
    }
    for (const one of await outcomes) {
      if (one.status === 'fulfilled') one.value.abort(new Error('the test is over'))
    }
    expect(clock.timers).toBe(0)
    while (descriptors() > before) await settled()
  })

  it('is left at once by an attempt that is cancelled', async () => {
    const clock = new FakeClock()
    const { connect } = local(await stoppedServer(), { clock })
    const stop = new AbortController()
    const attempts = Array.from({ length: 8 }, () => connect({ signal: stop.signal }))
    const outcomes = Promise.allSettled(attempts)
    await clock.pass(1000)
    stop.abort()
    await clock.pass(10)
    const codes = (await outcomes).map((one) => {
      if (one.status === 'rejected') return one.reason.code
      one.value.abort(new Error('the test is over'))
      return 'connected'
    })
    expect(new Set(codes)).toEqual(new Set(['connected', 'cancelled']))
    expect(clock.timers).toBe(0)
  })
})
