// The servers of the suite, started, waited for and ended. The original's is a binary of another
// package, for Linux on x64 only.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'

export interface Started {
  readonly url: string
  readonly endpoint: string
  readonly token: string
}

const running = new Set<ChildProcess>()
process.on('exit', endAll)

export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

/** One of serve.ts. */
export async function startServer(role: string, directory: string): Promise<Started> {
  const path = join(directory, `${role}.sock`)
  const token = 'a-token-of-the-bench'
  const program = new URL('./serve.js', import.meta.url)
  const child = fork(program, [role, path, String(await freePort()), token])
  running.add(child)
  return { url: await said(child, role), endpoint: `unix:${path}`, token }
}

/** Why the original can not be measured here; undefined when it can. */
export function originalAbsent(): string | undefined {
  return binary() === undefined ? 'its binary is for Linux on x64, and is not installed' : undefined
}

/** The original: its binary, and its handler process. */
export async function startOriginal(directory: string): Promise<Started> {
  const endpoint = join(directory, 'zap.sock')
  const handlers = fork(new URL('./original-handlers.js', import.meta.url), [endpoint], {
    // It complains of every connection that the load closes.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  running.add(handlers)
  await said(handlers, 'its handlers')
  const port = await freePort()
  const config = join(directory, 'zap.json')
  const route = { method: 'GET', path: '/users/:id', handler_id: 'user', is_typescript: true }
  writeFileSync(
    config,
    JSON.stringify({
      port,
      hostname: '127.0.0.1',
      ipc_socket_path: endpoint,
      request_timeout_secs: 30,
      routes: [route],
      static_files: [],
      middleware: {},
      health_check_path: '/health',
    }),
  )
  const args = ['--config', config, '--socket', endpoint]
  const child = spawn(binary() as string, args, { stdio: 'ignore' })
  running.add(child)
  const url = `http://127.0.0.1:${port}`
  await healthy(url, child)
  return { url, endpoint, token: '' }
}

function binary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@zap-js/linux-x64/package.json')
    const path = join(dirname(manifest), 'bin', 'zap')
    return existsSync(path) ? path : undefined
  } catch {
    // Not installed: an optional dependency of one platform.
    return undefined
  }
}

async function said(child: ChildProcess, name: string): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with code ${code}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [string]
  ended.catch(() => {})
  return message
}

/** 20 s: on a machine with much to do a process starts slowly. */
const READY_MS = 20_000

async function healthy(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + READY_MS
  while (performance.now() < end && child.exitCode === null) {
    const response = await fetch(`${url}/health`).catch(() => undefined)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the original did not answer its health check')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
