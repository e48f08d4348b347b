// A child process that is talked to over its stdin and stdout, such as `nvim --embed`. It ends with
// its channel: by the end of its stdin, else by SIGTERM, else by SIGKILL, and with this process.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { Channel, CloseInfo } from '../../channel/channel.js'
import { type Clock, systemClock, type Timer } from '../../clock.js'
import { TielineError, toError } from '../../errors.js'
import { attachReader, salvage } from '../stream/socket-reader.js'
import { StreamChannel } from '../stream/stream-channel.js'
import type { ConnectOptions, Transport } from '../transport.js'
import { holdStream } from './stdio.js'

/** What `child` takes beside the command and its arguments. */
export interface ChildOptions {
  /** Default: this process's. */
  readonly cwd?: string
  /** The child's whole environment. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What the child writes to stderr goes here; 'inherit' (the default) shows it, 'ignore' drops it. */
  readonly stderr?: 'inherit' | 'ignore' | ((chunk: Uint8Array) => void)
  /** Milliseconds after the end of its stdin until SIGTERM, and from that to SIGKILL. Default 2,000. */
  readonly patienceMs?: number
  /** Bytes not yet taken by the system before `send` returns false. Default 64 KiB. */
  readonly highWater?: number
  readonly clock?: Clock
}

/** 2 s: enough to save and leave; twice it stays below what supervisors wait before they kill us. */
const PATIENCE_MS = 2000
/** Milliseconds without a byte, after the child's exit, until its output counts as ended: a grandchild may hold it open. */
const LEFTOVER_MS = 250

const ENDPOINT = 'stdio:'

type Child = ChildProcessByStdio<Writable, Readable, Readable | null>

/**
 * Starts a child for each `connect`; no shell reads the arguments. `connect` rejects with
 * `connection-refused` when there is no such command. A child that leaves with a code other than 0,
 * or by a signal, closes the channel with `connection-lost`, whose `data` is `{ code, signal }`.
 */
export function child(
  command: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Transport {
  return {
    endpoint: ENDPOINT,
    connect: (connecting = {}) => start(command, args, options, connecting),
    async listen() {
      const message = `cannot listen at ${ENDPOINT} of ${command}: a child is started by connect`
      throw new TielineError('unsupported', message, { endpoint: ENDPOINT })
    },
  }
}

async function start(
  command: string,
  args: readonly string[],
  options: ChildOptions,
  { signal }: ConnectOptions,
): Promise<Channel> {
  if (signal?.aborted) throw cancelled(command, signal)
  const { stderr = 'inherit' } = options
  let process_: Partial<Child> & Pick<Child, 'once'>
  try {
    process_ = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', typeof stderr === 'function' ? 'pipe' : stderr],
      windowsHide: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    }) as Child
  } catch (error) {
    // A NUL in an argument, and its like.
    throw notStarted(command, toError(error))
  }
  const spawned = new Promise<void>((resolve, reject) => {
    process_.once('spawn', resolve)
    process_.once('error', (error) => reject(notStarted(command, error)))
  })
  // Without a descriptor to spare, Node makes no streams.
  if (!process_.stdin || !process_.stdout) {
    await spawned
    throw notStarted(command, new Error('its streams could not be made'))
  }
  const { channel } = new RunningChild(command, process_ as Child, options)
  if (typeof stderr === 'function') process_.stderr?.on('data', stderr).on('error', () => {})
  const onAbort = () => channel.abort(cancelled(command, signal as AbortSignal))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await spawned
    if (signal?.aborted) throw cancelled(command, signal)
    return channel
  } catch (error) {
    channel.abort(toError(error))
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function cancelled(command: string, signal: AbortSignal): TielineError {
  const cause = toError(signal.reason)
  return new TielineError('cancelled', `starting ${command} was cancelled`, { cause })
}

function notStarted(command: string, error: Error): TielineError {
  const { code } = error as NodeJS.ErrnoException
  const denied = code === 'EACCES' || code === 'EPERM'
  const why = code === 'ENOENT' ? 'there is no such command, or no such cwd' : error.message
  return new TielineError(
    denied ? 'permission-denied' : 'connection-refused',
    `cannot start ${command}: ${why}`,
    { origin: 'channel', endpoint: ENDPOINT, cause: error },
  )
}

// Children that this process must not leave behind, however it exits.
const running = new Set<Child>()

function killAll(): void {
  for (const one of running) one.kill('SIGKILL')
}

class RunningChild {
  readonly channel: Channel
  readonly #command: string
  readonly #process: Child
  readonly #clock: Clock
  readonly #patience: number
  #exited = false
  #onExit: () => void = () => {}

  constructor(command: string, process_: Child, options: ChildOptions) {
    this.#command = command
    this.#process = process_
    this.#clock = options.clock ?? systemClock
    this.#patience = options.patienceMs ?? PATIENCE_MS
    const { stdin, stdout } = process_
    if (running.size === 0) process.on('exit', killAll)
    running.add(process_)
    attachReader(stdout as Socket)
    // After the reader is there: only then does `pause` stop the reading that has begun already.
    stdout.pause()
    // A child that cannot be started has 'error' instead of 'exit'.
    process_.on('error', () => this.#gone())
    process_.on('exit', () => this.#gone())
    this.channel = new StreamChannel(
      stdout,
      stdin,
      { endpoint: ENDPOINT },
      {
        linger: false,
        clock: this.#clock,
        highWater: options.highWater,
        hold: (alive) => {
          if (alive) process_.ref()
          else process_.unref()
          holdStream(stdin, alive)
          holdStream(stdout, alive)
          if (process_.stderr) holdStream(process_.stderr, alive)
        },
        salvage: (take) => salvage(stdout as Socket, take),
        release: (why, done) => this.#release(why, done),
      },
    )
  }

  #gone(): void {
    if (this.#exited) return
    this.#exited = true
    running.delete(this.#process)
    if (running.size === 0) process.off('exit', killAll)
    this.#onExit()
    this.#endOutput(-1)
  }

  // What it wrote last comes first, as slowly as it is read; then the output ends by itself.
  #endOutput(readBefore: number): void {
    const stdout = this.#process.stdout as Socket
    if (stdout.destroyed) return
    if (!stdout.isPaused() && stdout.bytesRead === readBefore) {
      stdout.destroy()
      return
    }
    this.#clock.after(LEFTOVER_MS, () => {
      const { bytesRead } = stdout
      // A process that stood still sees the timer before what waits in the pipe: that is read first.
      setImmediate(() => this.#endOutput(bytesRead))
    })
  }

  #release(why: CloseInfo, done: (why: CloseInfo) => void): void {
    const { stdin, stdout, stderr } = this.#process
    const aborted = why.by === 'local' && why.error !== undefined
    if (!stdin.writableEnded) stdin.end()
    if (aborted) this.#process.kill('SIGKILL')
    let timer: Timer | undefined
    const finish = () => {
      timer?.cancel()
      for (const stream of [stdin, stdout, stderr]) stream?.destroy()
      this.#clock.soon(() => done(this.#reason(why)))
    }
    if (this.#exited) {
      finish()
      return
    }
    this.#onExit = finish
    const kill = (name: 'SIGTERM' | 'SIGKILL') => {
      this.#process.kill(name)
      if (name === 'SIGTERM') timer = this.#after(this.#patience, () => kill('SIGKILL'))
    }
    if (!aborted) timer = this.#after(this.#patience, () => kill('SIGTERM'))
  }

  // Holds the process: it must not leave before the child is dealt with.
  #after(ms: number, run: () => void): Timer {
    const timer = this.#clock.after(ms, run)
    timer.hold(true)
    return timer
  }

  #reason(why: CloseInfo): CloseInfo {
    if (why.by === 'local') return why
    const { exitCode: code, signalCode: signal } = this.#process
    if (why.error === undefined && code === 0) return why
    const how = signal ? `was ended by ${signal}` : `left with code ${code}`
    const error = new TielineError('connection-lost', `${this.#command} ${how}`, {
      origin: 'channel',
      endpoint: ENDPOINT,
      data: { code, signal },
      cause: why.error,
    })
    return { by: 'remote', error }
  }
}
