// The whole example as one thing that is started and closed: the page's server, the channel host and
// the agent, the last two as processes of their own that are started again when they die.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Options } from './options.js'
import { Kept } from './processes.js'
import { bundlePage } from './site/bundle.js'
import { serveSite } from './site/site.js'

/** What happens to the processes. */
export interface EditorHooks {
  started?(name: string, pid: number): void
  died?(name: string, why: string): void
}

export interface RunningEditor {
  /** What to open: the token is behind the #. */
  readonly url: string
  readonly origin: string
  /** The channel host, for pages. */
  readonly endpoint: string
  readonly token: string
  close(): Promise<void>
}

/** Bytes of the token: more than anybody guesses. */
const TOKEN_BYTES = 32

/** Rejects when the page's port is taken. A port of the host that is taken is told by the agent. */
export async function startEditor(
  { port, sitePort, seed }: Options,
  hooks: EditorHooks = {},
): Promise<RunningEditor> {
  const files = await bundlePage()
  const endpoint = `ws://127.0.0.1:${port || (await freePort())}/`
  const site = await serveSite({ files, endpoint, port: sitePort })
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  // Only its owner can enter: the directory is 0700 from the start.
  const directory = await mkdtemp(join(tmpdir(), 'tieline-editor-'))
  const agents = `unix:${join(directory, 'agents.sock')}`
  const keep = (name: string, script: string, args: readonly string[], env = {}) =>
    new Kept({
      name,
      script,
      args,
      env,
      started: (pid) => hooks.started?.(name, pid),
      died: (why) => hooks.died?.(name, why),
    })
  const host = keep('host', hostCommand(), ['serve', '--origin', site.origin, '--at', agents], {
    TIELINE_TOKEN: token,
  })
  const agentScript = fileURLToPath(new URL('agent/main.js', import.meta.url))
  const agent = keep('agent', agentScript, [agents, new URL(endpoint).port, String(seed)])
  return {
    url: `${site.origin}/#token=${token}`,
    origin: site.origin,
    endpoint,
    token,
    async close() {
      host.finish()
      // The agent first: it says goodbye to the pages through the host.
      await agent.stop()
      await host.stop()
      await site.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The command `channel-host`, wherever the package is. */
function hostCommand(): string {
  const entry = import.meta.resolve('@tieline/channel-host')
  return fileURLToPath(new URL('../../bin/channel-host.js', entry))
}

/** Pages are told the port before the host has it, and it stays the same when the host is restarted. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
