// The original web server (npm @zap-js/linux-x64) for tests: found, configured, started, waited for and
// stopped.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { ownFolder } from './at-end.js'
import { Command } from './command.js'
import { type Peer, peer } from './peer.js'

const SOURCE = 'npm package @zap-js/linux-x64, Linux on x64 only'

/** The original's HTTP server. */
export const zap: Peer = original('zap')
/** The original's broker between a server and a process of functions. */
export const splice: Peer = original('splice')

function original(name: string): Peer {
  try {
    const manifest = createRequire(import.meta.url).resolve('@zap-js/linux-x64/package.json')
    return peer(join(dirname(manifest), 'bin', name), SOURCE)
  } catch {
    // Not installed: an optional dependency of another platform.
    return peer(`@zap-js/linux-x64/bin/${name}`, SOURCE)
  }
}

export interface ZapRoute {
  readonly method: string
  readonly path: string
  readonly handler_id: string
}

export interface ZapOptions {
  /** `ipc_socket_path`. Its functions' socket is at the same path with `.rpc` behind it. */
  readonly socket: string
  readonly routes: readonly ZapRoute[]
  /** Whole seconds until it gives up on a handler. 30. */
  readonly timeoutSeconds?: number
  /** The host socket of a splice: where its functions come from. None. */
  readonly spliceSocket?: string
  /** Milliseconds until it must answer. 20 s: for machines with much to do. */
  readonly readyMs?: number
}

export interface RunningZap {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly pid: number
  /** What it has written so far, without colours. */
  log(): string
  /** Ends it and waits until it is gone. May be called again. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts it on a free port and waits for its health check. Rejects with its output when it never answers. */
export async function startZap(options: ZapOptions): Promise<RunningZap> {
  const config = join(ownFolder(), 'zap.json')
  // Another may take the port between our asking and its binding, so it is tried again with another.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    writeFileSync(config, JSON.stringify(configuration(options, port)))
    const command = new Command(zap.path, ['--config', config, '--socket', options.socket])
    const url = `http://127.0.0.1:${port}`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
    const log = () => (command.out + command.err).replace(/\x1b\[[0-9;]*m/g, '')
    const stop = async (signal: NodeJS.Signals = 'SIGTERM') => void (await command.end(signal))
    // It takes the next port when this one is taken: then this one never answers as ours.
    if (await healthy(url, command, log, options.readyMs ?? 20_000)) {
      return { url, pid: command.pid, log, stop }
    }
    await stop('SIGKILL')
    if (attempt === 3) throw new Error(`zap did not answer at ${url}:\n${log()}`)
  }
}

function configuration(options: ZapOptions, port: number): object {
  return {
    port,
    hostname: '127.0.0.1',
    ipc_socket_path: options.socket,
    request_timeout_secs: options.timeoutSeconds ?? 30,
    routes: options.routes.map((route) => ({ ...route, is_typescript: true })),
    static_files: [],
    middleware: {},
    health_check_path: '/health',
    ...(options.spliceSocket !== undefined && { splice_socket_path: options.spliceSocket }),
  }
}

async function healthy(
  url: string,
  command: Command,
  log: () => string,
  withinMs: number,
): Promise<boolean> {
  const until = performance.now() + withinMs
  while (performance.now() < until && command.isRunning) {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
      if ((await response.text()) === 'OK' && !log().includes('was in use')) return true
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
