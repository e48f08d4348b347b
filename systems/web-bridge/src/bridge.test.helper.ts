// For tests: a bridge on a free port, and handlers that join it from this process or from processes of
// their own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type BridgeOptions, startBridge, type WebBridge } from './bridge.js'
import type { HandlersOf } from './handlers/handler.js'
import { silentLog } from './handlers/log.js'
import { routesOf } from './handlers/routes.js'
import { type HandlerLink, linkHandlers } from './runtime/link.js'
import { createRuntime } from './runtime/registry.js'

/** A directory of the test's own, gone when it ends. */
export async function ownDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'web-bridge-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A file with that text, in a directory of its own. */
export async function ownFile(name: string, text: string): Promise<string> {
  const file = join(await ownDirectory(), name)
  await writeFile(file, text)
  return file
}

/** A bridge that ends with the test. It waits for handlers to be joined. */
export async function testBridge(options: BridgeOptions = {}): Promise<WebBridge> {
  const at = `unix:${join(await ownDirectory(), 'bridge.sock')}`
  // Most tests' clients are programs, without an Origin.
  const usual = { port: 0, at, log: silentLog, drain: 2000, withoutOrigin: true }
  const bridge = await startBridge({ ...usual, ...options })
  onTestFinished(() => bridge.close())
  return bridge
}

/** Handlers in this process, over a real connection. */
export async function joinHandlers(
  bridge: WebBridge,
  routes: HandlersOf,
  options: { readonly development?: boolean } = {},
): Promise<HandlerLink> {
  const link = await linkHandlers({
    at: bridge.endpoint,
    log: silentLog,
    runtime: () => createRuntime(routesOf(routes), options),
  })
  onTestFinished(() => link.close())
  return link
}

/** A bridge with handlers in this process. */
export async function bridgeWith(
  routes: HandlersOf,
  options: BridgeOptions = {},
): Promise<WebBridge> {
  const bridge = await testBridge(options)
  await joinHandlers(bridge, routes, { development: options.development ?? false })
  return bridge
}

/** Until something holds; 20 s at the most, which no test needs on an idle machine. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'what was waited for',
): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} did not come`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A raw connection to the bridge, for what no HTTP client would send. */
export class RawClient {
  readonly socket: Socket
  #received = ''
  #closed = false

  constructor(bridge: WebBridge) {
    const { port, hostname } = new URL(bridge.url)
    this.socket = connect(Number(port), hostname)
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.#received += chunk
    })
    this.socket.on('close', () => {
      this.#closed = true
    })
    // A reset is what some of these tests want.
    this.socket.on('error', () => {})
    onTestFinished(() => {
      this.socket.destroy()
    })
  }

  get received(): string {
    return this.#received
  }

  get closed(): boolean {
    return this.#closed
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** All that came once the server has closed the connection. */
  async toEnd(): Promise<string> {
    await until(() => this.#closed, 'the end of the connection')
    return this.#received
  }
}

/** One request by hand, and all that comes back; the server must close the connection. */
export async function raw(bridge: WebBridge, text: string): Promise<string> {
  const client = new RawClient(bridge)
  client.send(text)
  return client.toEnd()
}
