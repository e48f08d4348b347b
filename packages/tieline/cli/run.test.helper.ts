// Runs the built `tieline` as a user's shell would, and servers for it to talk to.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach } from 'vitest'

export const BIN = fileURLToPath(new URL('../bin/tieline.cjs', import.meta.url))
if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
  throw new Error('these tests run the built command: npm run build')
}

/** A directory of this test file's own, which holds sockets. Removed at the end. */
export const folder = await mkdtemp(join(tmpdir(), 'tieline-cli-'))
afterAll(() => rm(folder, { recursive: true }))

const running = new Set<ChildProcess>()
// What a failed test has left behind.
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once stdout or stderr holds that text. */
  told(text: string): Promise<void>
}

export function start(...args: string[]): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, XDG_RUNTIME_DIR: folder, NO_COLOR: undefined },
  })
  running.add(child)
  let out = ''
  let err = ''
  const watchers = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    for (const watch of watchers) watch()
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
    for (const watch of watchers) watch()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
    })
  })
  const told = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (!out.includes(text) && !err.includes(text)) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      watch()
      void ended.then(() => reject(new Error(`it ended with ${JSON.stringify({ out, err })}`)))
    })
  return { child, ended, told }
}

/** Runs `tieline` with these arguments until it ends. */
export function tieline(...args: string[]): Promise<Ended> {
  const { child, ended } = start(...args)
  child.stdin?.end()
  return ended
}
