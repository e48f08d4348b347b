import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Channel } from '../../channel/channel.js'
import { channelSuite } from '../../testing/channel-suite.js'
import { Recorder, settle } from '../../testing/recorder.js'
import { local } from '../local/local.js'
import { type ChildOptions, child } from './child.js'

/** A child that runs this text as a module, and may import tieline as its users do. */
function node(program: string, args: readonly string[] = [], options: ChildOptions = {}) {
  const flags = ['--input-type=module', '-e', program, '--', ...args]
  return child(process.execPath, flags, { cwd: import.meta.dirname, ...options })
}

async function run(program: string, options: ChildOptions = {}) {
  const channel = await node(program, [], options).connect()
  const recorder = new Recorder()
  channel.open(recorder)
  return { channel, recorder }
}

// The other end of a child's stdin and stdout, brought back here over a socket: so the suite tries
// both `child` here and `stdio` there.
const BRIDGE = `
import { local, stdio } from 'tieline/transport'
const [near, far] = [await stdio().connect(), await local(process.argv[1]).connect()]
const join = (from, to) => ({
  message(chunk) {
    try {
      if (!to.send(new Uint8Array(chunk))) from.pause()
    } catch { from.abort(new Error('the other side is gone')) }
  },
  drained: () => to.resume(),
  closed: (why) => why.error ? to.abort(why.error) : to.close(),
})
near.open(join(near, far))
far.open(join(far, near))
`

channelSuite('a child', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-'))
  const endpoint = `unix:${directory}/bridge`
  let accepted!: (channel: Channel) => void
  const right = new Promise<Channel>((resolve) => {
    accepted = resolve
  })
  const listener = await local(endpoint).listen({ accept: accepted })
  const left = await node(BRIDGE, [endpoint]).connect()
  return {
    left,
    right: await right,
    async cleanup() {
      await listener.close()
      await left.close()
      rmSync(directory, { recursive: true })
    },
  }
})

describe('child', () => {
  it('talks to a program over its stdin and stdout', async () => {
    const { channel, recorder } = await run('process.stdin.pipe(process.stdout)')
    channel.send(Buffer.from('hello'))
    await recorder.until(({ bytes }) => bytes === 5)
    await channel.close()
    expect(recorder.ends).toEqual([{ by: 'local' }])
  })

  it('tells of a good end without an error, after all that was said', async () => {
    const { recorder } = await run("process.stdout.write('x'.repeat(100000))")
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.bytes).toBe(100_000)
    expect(recorder.ends).toEqual([{ by: 'remote' }])
  })

  it('gives the exit code with the error', async () => {
    const { recorder } = await run("process.stdout.write('bye'); process.exitCode = 3")
    await recorder.until(({ ends }) => ends.length === 1)
    expect(Buffer.from(recorder.whole).toString()).toBe('bye')
    expect(recorder.ends[0]).toMatchObject({
      by: 'remote',
      error: {
        code: 'connection-lost',
        data: { code: 3, signal: null },
        message: expect.stringContaining('left with code 3'),
      },
    })
  })

  it('gives the signal that ended it', async () => {
    const { recorder } = await run("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1)")
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.ends[0]?.error).toMatchObject({ data: { code: null, signal: 'SIGKILL' } })
  })

  it('delivers what a child left behind to a reader that was paused', async () => {
    const channel = await node("process.stdout.write('x'.repeat(50000))").connect()
    await new Promise((resolve) => setTimeout(resolve, 400))
    const recorder = new Recorder()
    channel.open(recorder)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.bytes).toBe(50_000)
  })

  it('ends although a grandchild keeps the output open', async () => {
    const { recorder } = await run(`
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3000)'], { stdio: 'inherit' }).unref()
      process.exit(0)
    `)
    await recorder.until(({ ends }) => ends.length === 1)
    expect(recorder.ends[0]?.by).toBe('remote')
  })

  it('ends a child that does not leave by itself: SIGTERM, then SIGKILL', async () => {
    const program = (onTerm: string) => `
      process.on('SIGTERM', () => { ${onTerm} })
      setInterval(() => {}, 1000)
      process.stdout.write('ready')
    `
    for (const onTerm of ["process.stdout.write('asked')", 'process.exit(0)']) {
      const { channel, recorder } = await run(program(onTerm), { patienceMs: 50 })
      await recorder.until(({ bytes }) => bytes >= 5)
      await channel.close()
      expect(recorder.ends).toEqual([{ by: 'local' }])
    }
  })

  it('ends a child at once when it is aborted', async () => {
    const { channel, recorder } = await run(
      "process.stdout.write('' + process.pid); setInterval(() => {}, 1000)",
    )
    await recorder.until(({ bytes }) => bytes > 0)
    const pid = Number(Buffer.from(recorder.whole).toString())
    channel.abort(new Error('enough'))
    await channel.close()
    expect(recorder.ends).toEqual([{ by: 'local', error: new Error('enough') }])
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('leaves no orphan when this process exits', async () => {
    const program = `
      import { child } from 'tieline/transport'
      const endless = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); process.stdout.write('' + process.pid)"
      const channel = await child(process.execPath, ['-e', endless]).connect()
      channel.open({ message(pid) { console.log(pid.toString()); process.exit() }, drained() {}, closed() {} })
    `
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
    })
    const pid = Number(stdout.toString())
    expect(pid).toBeGreaterThan(0)
    // Dead at once; for a moment perhaps not yet buried.
    for (let i = 0; i < 100 && isRunning(pid); i++) await settle()
    expect(isRunning(pid)).toBe(false)
  })

  it('does not keep a process alive that lets go of it', async () => {
    const program = `
      import { child } from 'tieline/transport'
      const channel = await child(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).connect()
      channel.open({ message() {}, drained() {}, closed() {} })
      channel.hold(false)
    `
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      timeout: 15_000,
    })
    expect(status).toBe(0)
  })

  it('passes stderr to who asked for it', async () => {
    const lines: string[] = []
    const { recorder } = await run("console.error('to whom it may concern')", {
      stderr: (chunk) => lines.push(Buffer.from(chunk).toString()),
    })
    await recorder.until(({ ends }) => ends.length === 1)
    expect(lines.join('')).toBe('to whom it may concern\n')
  })

  it('refuses what cannot be started, naming it', async () => {
    await expect(child('/no/such/program').connect()).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringContaining('/no/such/program'),
    })
    await expect(child(import.meta.filename).connect()).rejects.toMatchObject({
      code: 'permission-denied',
    })
    await expect(child('a\0b').connect()).rejects.toMatchObject({ code: 'connection-refused' })
    await expect(child('x').listen({ accept() {} })).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('starts nothing for a signal that has fired, and ends what it was starting', async () => {
    const fired = node('').connect({ signal: AbortSignal.abort() })
    await expect(fired).rejects.toMatchObject({ code: 'cancelled' })
    const stop = new AbortController()
    const firing = node('setInterval(() => {}, 1000)').connect({ signal: stop.signal })
    stop.abort()
    await expect(firing).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('leaves no descriptors and no listeners behind', async ({ skip }) => {
    if (!existsSync('/proc/self/fd')) skip('descriptors are counted on Linux only')
    const cycle = async () => {
      const channel = await child('/bin/cat').connect()
      channel.open(new Recorder())
      await channel.close()
    }
    await cycle()
    const before = [readdirSync('/proc/self/fd').length, process.listenerCount('exit')]
    for (let i = 0; i < 20; i++) await cycle()
    expect([readdirSync('/proc/self/fd').length, process.listenerCount('exit')]).toEqual(before)
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return (
      !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    )
  } catch {
    return false
  }
}
