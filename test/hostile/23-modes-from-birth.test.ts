// Row 23: under umask 000, directory and socket are watched from before they exist until they are
// gone: at no moment is either wider than asked for.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'

const directory = ownFolder()

const ROUNDS = 200

// Looks as often as it can; keeps every mode that it has seen at each path.
const WATCHER = `
  const { lstatSync } = require('node:fs')
  const { parentPort, workerData: { paths, stop } } = require('node:worker_threads')
  const seen = paths.map(() => new Set())
  let looks = 0
  parentPort.postMessage('watching')
  while (Atomics.load(stop, 0) === 0) {
    for (let i = 0; i < paths.length; i++) {
      const stat = lstatSync(paths[i], { throwIfNoEntry: false })
      if (stat !== undefined) seen[i].add(stat.mode & 0o7777)
    }
    looks++
  }
  parentPort.postMessage({ looks, modes: seen.map((modes) => [...modes]) })
`

// The umask stays what it was, too: the server only borrows it.
const server = (inThread: boolean) => `
  import { Worker } from 'node:worker_threads'
  process.umask(0)
  const work = async (endpoint, rounds, home) => {
    const { local } = await import('tieline/transport')
    const { rmSync } = await import('node:fs')
    for (let i = 0; i < rounds; i++) {
      const listener = await local(endpoint).listen({ accept() {} })
      await listener.close()
      if (home) rmSync(home, { recursive: true })
    }
  }
  const [endpoint, home] = process.argv.slice(1)
  const workerData = [endpoint, ${ROUNDS}, home]
  if (${inThread}) {
    const code = 'import { workerData } from "node:worker_threads"; await (' + work + ')(...workerData)'
    await new Promise((resolve) => new Worker(code, { eval: true, workerData }).on('exit', resolve))
  } else await work(...workerData)
  process.exitCode = process.umask() === 0 ? 0 : 1
`

async function watched(paths: string[], endpoint: string, home: string, inThread = false) {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const watcher = new Worker(WATCHER, { eval: true, workerData: { paths, stop } })
  await once(watcher, 'message')
  const args = ['--input-type=module', '-e', server(inThread), endpoint, ...(home ? [home] : [])]
  const env = { ...process.env, XDG_RUNTIME_DIR: directory }
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  Atomics.store(stop, 0, 1)
  const [result] = (await once(watcher, 'message')) as [{ looks: number; modes: number[][] }]
  await watcher.terminate()
  // Or it has seen nothing and proves nothing.
  expect(result.looks).toBeGreaterThan(ROUNDS)
  return result.modes
}

it('a local name: the directory is 0700 and the socket 0600, always', async () => {
  const home = join(directory, 'app')
  const [ofHome, ofSocket] = await watched([home, join(home, 'app.sock')], 'local:app', home)
  expect(ofHome).toEqual([0o700])
  expect(ofSocket).toEqual([0o600])
})

it('a path in a directory that others can enter: the socket is 0600, always', async () => {
  const shared = join(directory, 'shared')
  mkdirSync(shared, { mode: 0o755 })
  const [ofSocket] = await watched([join(shared, 'x')], `unix:${shared}/x`, '')
  expect(ofSocket).toEqual([0o600])
})

it('a local name in a worker thread: the directory that nobody can enter is there first', async () => {
  const home = join(directory, 'inner')
  const [ofHome] = await watched([home], 'local:inner', home, true)
  expect(ofHome).toEqual([0o700])
})
