// web-bridge serve: the HTTP server and the handler processes behind it.
import { chmod, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Layer, TielineError } from 'tieline'
import { command, EXIT } from 'tieline/command'
import { type BridgeOptions, startBridge, type WebBridge } from '../src/bridge.js'
import { toErrorLine } from '../src/handlers/error-line.js'
import { lineLog } from '../src/handlers/log.js'
import type { RpcFunctions } from '../src/rpc/functions.js'
import type { BridgeLayer } from '../src/server/middleware.js'
import type { OwnRoute } from '../src/server/router.js'
import { aborted, at, bytesOf, logLevel, mustExist, tokenFile, tokenFrom } from './common.js'

export const serve = command({
  name: 'serve',
  words: ['[MODULE…]'],
  options: {
    port: {
      kind: 'number',
      short: 'p',
      value: 'N',
      least: 0,
      about: 'HTTP port (default 3000; 0: any)',
    },
    host: { kind: 'text', value: 'HOST', about: 'address to listen on (default 127.0.0.1)' },
    processes: { kind: 'number', short: 'n', value: 'N', about: 'handler processes (default 1)' },
    server: {
      kind: 'repeated',
      value: 'MODULE',
      about: `a module of this process; may export rpc (functions by
name), layers (around requests), rpcLayers and own (paths)`,
    },
    dev: {
      kind: 'flag',
      about: 'new processes when code changes; stacks in error responses',
    },
    watch: {
      kind: 'repeated',
      value: 'DIR',
      about: "with --dev: instead of the modules' directories",
    },
    import: {
      kind: 'repeated',
      value: 'MODULE',
      about: 'what Node imports first in each process: tsx',
    },
    at,
    timeout: {
      kind: 'duration',
      value: 'TIME',
      about: "for a response's head; then 504 (default 30s)",
    },
    'max-body': { kind: 'text', value: 'SIZE', about: 'of a request; then 413 (default 16m)' },
    drain: {
      kind: 'duration',
      value: 'TIME',
      about: 'for what is in flight at an end (default 10s)',
    },
    origin: {
      kind: 'repeated',
      value: 'ORIGIN',
      about: 'pages that may open WebSockets (default: its own)',
    },
    'without-origin': {
      kind: 'flag',
      about: 'programs that send no Origin may open WebSockets too',
    },
    'host-name': { kind: 'repeated', value: 'NAME', about: "the server's name behind a proxy" },
    metrics: { kind: 'flag', about: 'GET /metrics for Prometheus, on this machine' },
    'metrics-port': {
      kind: 'number',
      value: 'N',
      least: 0,
      about: 'the same at a port of their own (0: any)',
    },
    'token-file': { ...tokenFile, about: 'write the token of calls over HTTP there (mode 0600)' },
    'log-level': logLevel,
  },
  about: `Serves HTTP until Ctrl-C or SIGTERM. Each MODULE exports routes, or is a route
file: { "GET /users/:id": "./users.js#show" }. Handlers run in processes of
their own; a request goes to the one with the least in flight. One that dies is
started again. Without a MODULE it waits for 'web-bridge handler' to join.`,
  notes: `SIGHUP exchanges the processes for new ones, one by one, and no request fails;
--dev does so whenever code changes. GET /health tells how many there are.`,
  example: `$ web-bridge serve ./handlers.js --processes 2 --server ./functions.js
http://127.0.0.1:3000, 2 handler processes, local:web-bridge`,
  endsWell: true,
  async run({ args, terminal, signal }) {
    const { options, words } = args
    for (const module of words) mustExist(module)
    for (const module of options.import) await importFirst(module)
    const file = options['token-file']
    // With a file the token is new each time; without one it is what the environment says.
    const token = file === undefined ? await tokenFrom(undefined) : undefined
    const bridge = await startBridge({
      modules: words,
      log: lineLog({ level: options['log-level'] ?? 'info' }),
      development: options.dev,
      watch: options.dev ? watched(words, options.watch) : [],
      execArgv: options.import.flatMap((module) => ['--import', module]),
      ...(options.port !== undefined && { port: options.port }),
      ...(options.host !== undefined && { host: options.host }),
      ...(options.processes !== undefined && { processes: options.processes }),
      ...(options.at !== undefined && { at: options.at }),
      ...(options.timeout !== undefined && { timeout: options.timeout }),
      ...(options.drain !== undefined && { drain: options.drain }),
      ...(options['max-body'] !== undefined && {
        maxBodyBytes: bytesOf('--max-body', options['max-body']),
      }),
      ...(options.origin.length > 0 && { origins: options.origin }),
      withoutOrigin: options['without-origin'],
      hosts: options['host-name'],
      metrics:
        options['metrics-port'] === undefined ? options.metrics : { port: options['metrics-port'] },
      ...(token !== undefined && { token }),
      ...(await serverModules(options.server)),
    })
    try {
      if (file !== undefined) await writeToken(file, bridge.token)
      process.on('SIGHUP', () => {
        bridge.restart().catch((error: unknown) => {
          terminal.note(`the old processes go on: ${toErrorLine(error)}`, 'yellow')
        })
      })
      await terminal.print(told(bridge))
      if (bridge.metricsUrl !== undefined) terminal.note(`metrics: ${bridge.metricsUrl}`)
      await aborted(signal)
      const { inFlight } = bridge.health()
      if (inFlight > 0) {
        terminal.note(`finishing what is in flight (${inFlight}); a second Ctrl-C ends it at once`)
      }
    } finally {
      await bridge.close()
      if (file !== undefined) await rm(file, { force: true })
    }
    return EXIT.done
  },
})

function told(bridge: WebBridge): string {
  const { wanted } = bridge.health()
  const processes = wanted === 1 ? '1 handler process' : `${wanted} handler processes`
  return `${bridge.url}, ${processes}, ${bridge.endpoint}`
}

function watched(modules: readonly string[], given: readonly string[]): readonly string[] {
  if (given.length > 0) return given
  return [...new Set(modules.map((module) => dirname(resolve(module))))]
}

/** Nobody else may read it, not even for a moment. */
async function writeToken(file: string, token: string): Promise<void> {
  await rm(file, { force: true })
  await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
  await chmod(file, 0o600)
}

/** What the modules of the server's process export, together. Throws `invalid-argument` for one that can not be. */
async function serverModules(modules: readonly string[]): Promise<Partial<BridgeOptions>> {
  const rpc: RpcFunctions[] = []
  const layers: BridgeLayer[] = []
  const rpcLayers: Layer[] = []
  const own: OwnRoute[] = []
  for (const module of modules) {
    const exports = await imported(module)
    if (exports['rpc'] !== undefined) rpc.push(...listOf<RpcFunctions>(exports['rpc']))
    layers.push(...listOf<BridgeLayer>(exports['layers']))
    rpcLayers.push(...listOf<Layer>(exports['rpcLayers']))
    own.push(...listOf<OwnRoute>(exports['own']))
  }
  return { rpc, layers, rpcLayers, own }
}

function listOf<T>(exported: unknown): readonly T[] {
  if (exported === undefined) return []
  return (Array.isArray(exported) ? exported : [exported]) as readonly T[]
}

/** As Node's own `--import`: a path from here, or the name of a package. */
async function importFirst(module: string): Promise<void> {
  try {
    const from = createRequire(resolve('here.js'))
    const path = /^[./]/.test(module) ? resolve(module) : from.resolve(module)
    await import(pathToFileURL(path).href)
  } catch (cause) {
    throw new TielineError('invalid-argument', `--import ${module}: ${toErrorLine(cause)}`, {
      cause,
    })
  }
}

async function imported(module: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(module)).href)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw new TielineError('invalid-argument', `--server ${module}: ${toErrorLine(cause)}`, {
      cause,
    })
  }
}
