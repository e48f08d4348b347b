// Binding a server to its path: one server at a time, decided by a lock; a stale socket replaced, a
// live one never; modes right from birth; and everything removed again at close and at exit.
import { chmodSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import type { Clock } from '../../clock.js'
import { isTielineError, TielineError } from '../../errors.js'
import type { LocalAddress } from '../endpoint.js'
import {
  closeAround,
  isStill,
  ownSocketAt,
  prepareDirectory,
  type SocketIdentity,
  systemError,
} from './access.js'
import { type Lock, type Owner, takeLock } from './lock.js'

export interface Bound {
  /** Stops listening, removes the socket if it is still ours, then the lock. Synchronous, idempotent. */
  close(): void
}

export interface BindOptions {
  readonly endpoint: string
  readonly address: LocalAddress
  readonly uid: number | undefined
  readonly mode: number
  readonly allowShared?: boolean | undefined
  readonly clock: Clock
}

/**
 * Milliseconds to wait for another server that has the lock and does not listen yet. 500: binding
 * takes a few, on a busy machine some tens.
 */
const START_WAIT_MS = 500
const START_POLL_MS = 10

/** Binds a Windows named pipe, whose name the system frees when its owner ends. */
export async function bindPipe(server: Server, endpoint: string, path: string): Promise<Bound> {
  await listening(server, endpoint, path)
  return closing(() => server.close())
}

/** Binds a Unix socket. Rejects with `endpoint-in-use`, `permission-denied` or `invalid-endpoint`. */
export async function bindSocket(server: Server, options: BindOptions): Promise<Bound> {
  const { endpoint, address, mode } = options
  const { path } = address
  const uid = options.uid ?? 0
  const closed = tried(options, () => {
    return prepareDirectory(endpoint, address, uid, options.allowShared === true)
  })
  if (!isMainThread && !closed) {
    const problem = 'a worker thread cannot set its umask; listen in the main thread or use local:'
    const message = `cannot use ${endpoint}: others may enter its directory, and ${problem}`
    throw new TielineError('unsupported', message, { origin: 'local', endpoint })
  }
  tried(options, () => ownSocketAt(endpoint, path, uid))
  const lock = await lockFor(options)
  let socket: SocketIdentity | undefined
  try {
    const stale = ownSocketAt(endpoint, path, uid)
    if (stale !== undefined) {
      if (await answers(path)) throw inUse(endpoint, 'another server listens there')
      if (isStill(path, stale)) unlinkSync(path)
    }
    await listening(server, endpoint, path, () => {
      if (!isMainThread || mode !== 0o600) chmodSync(path, mode)
      socket = ownSocketAt(endpoint, path, uid)
    })
  } catch (error) {
    if (server.listening) server.close()
    lock.release()
    throw isTielineError(error) ? error : systemError(endpoint, 'bind', path, error)
  }
  return closing(() => {
    closeAround(path, socket as SocketIdentity, () => server.close())
    lock.release()
  })
}

/** What the file system throws, as one of ours. */
function tried<T>({ endpoint, address }: BindOptions, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw isTielineError(error) ? error : systemError(endpoint, 'use', address.path, error)
  }
}

async function lockFor(options: BindOptions): Promise<Lock> {
  const { endpoint, address, clock } = options
  const path = `${address.path}.lock`
  const giveUp = clock.now() + START_WAIT_MS
  for (;;) {
    const late = clock.now() >= giveUp
    let taken: Lock | Owner
    try {
      // A thread that was ended leaves its lock to its process, which lives on: late, it is removed.
      taken = await takeLock(path, late)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== undefined) throw systemError(endpoint, 'make', path, error)
      const details = { origin: 'channel', endpoint, cause: error } as const
      throw new TielineError(
        'permission-denied',
        `cannot use ${endpoint}: ${String(error)}`,
        details,
      )
    }
    if ('release' in taken) return taken
    if (await answers(address.path)) throw inUse(endpoint, `process ${taken.pid} listens there`)
    if (late) throw inUse(endpoint, `process ${taken.pid} holds ${path}`)
    await new Promise<void>((resolve) => clock.after(START_POLL_MS, resolve).hold(true))
  }
}

function inUse(endpoint: string, problem: string, cause?: unknown): TielineError {
  const message = `${endpoint} is in use: ${problem}`
  return new TielineError('endpoint-in-use', message, { origin: 'channel', endpoint, cause })
}

/** Whether a server is behind the socket. Only a refusal says that there is none; in doubt there is. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}

/** `bound` runs in the tick in which the path comes to be. */
function listening(
  server: Server,
  endpoint: string,
  path: string,
  bound: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(inUse(endpoint, 'another server listens there', error))
      else reject(systemError(endpoint, 'bind', path, error))
    }
    server.once('error', onError)
    server.once('listening', () => {
      server.off('error', onError)
      resolve()
    })
    // `listen` binds before it returns, so the umask is narrow for just that. `exclusive` keeps a
    // cluster's worker from asking its primary, which has a umask of its own.
    const umask = isMainThread ? process.umask(0o177) : undefined
    try {
      server.listen({ path, exclusive: true })
    } finally {
      if (umask !== undefined) process.umask(umask)
    }
    try {
      if (server.listening) bound()
    } catch (error) {
      reject(error)
    }
  })
}

const toCloseAtExit = new Set<() => void>()

function closeAll(): void {
  for (const close of toCloseAtExit) close()
}

// One listener on the process for all servers, and none when the last one is closed.
function closing(close: () => void): Bound {
  const once = () => {
    if (!toCloseAtExit.delete(once)) return
    if (toCloseAtExit.size === 0) process.off('exit', closeAll)
    close()
  }
  if (toCloseAtExit.size === 0) process.on('exit', closeAll)
  toCloseAtExit.add(once)
  return { close: once }
}
