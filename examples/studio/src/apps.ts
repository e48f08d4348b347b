// What the studio is made of: the one table from which the supervisor starts everything, in order. Each
// entry is an app as in bunctl.json, with what it opens when it is ready.
import { fileURLToPath } from 'node:url'
import { originOf, type Place, toEnvironment, within } from './place.js'
import { type PluginHost, pluginProgram } from './plugin/host.js'

export interface StudioApp {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A socket's path: what comes after it in the table starts when this is there. */
  readonly opens?: string
}

export interface Choice {
  /** What mpv plays. Undefined: the built-in playlist. */
  readonly mpv: string | undefined
  readonly plugin: PluginHost
}

/** What each does here, for people, in the order of the page. */
export const ABOUT: ReadonlyMap<string, string> = new Map([
  ['supervisor', 'Keeps all the others running'],
  ['driver', 'Media players in, displays out'],
  ['mpv', 'Plays'],
  ['watcher', 'Tells the driver what is played'],
  ['channel-host', 'Lets this page in, by origin and token'],
  ['bridge', 'HTTP here, handlers elsewhere'],
  ['handlers-1', 'Answers requests'],
  ['handlers-2', 'Answers requests'],
  ['plugin', 'Plans a drawing, by files alone'],
  ['agent', 'Asks all of them, serves this page'],
])

export function appsOf(place: Place, { mpv, plugin }: Choice): readonly StudioApp[] {
  const at = within(place.directory)
  const { port } = place
  const handlers = script('web/handlers.js')
  return [
    {
      name: 'driver',
      ...system('player-driver', 'driver', '--at', `unix:${at.driver}`),
      opens: at.driver,
    },
    ...(mpv === undefined ? [] : [{ name: 'mpv', ...mpvProgram(at.mpv, mpv) }]),
    {
      name: 'watcher',
      ...system(
        ...['player-driver', 'watch', mpv === undefined ? 'demo' : `mpv:${at.mpv}`],
        ...['--at', `unix:${at.driver}`],
      ),
    },
    {
      name: 'channel-host',
      ...system(
        ...['channel-host', 'serve', '--at', `unix:${at.agents}`, '--token-file', at.token],
        ...['--origin', originOf(place), '--origin', `http://localhost:${port}`],
      ),
      opens: at.agents,
    },
    {
      name: 'bridge',
      ...system(
        ...['web-bridge', 'serve', '--port', `${port}`, '--at', `unix:${at.bridge}`],
        ...['--server', script('web/server.js'), '--drain', '1s'],
      ),
      opens: at.bridge,
    },
    {
      name: 'handlers-1',
      ...system('web-bridge', 'handler', handlers, '--at', `unix:${at.bridge}`),
    },
    {
      name: 'handlers-2',
      ...system('web-bridge', 'handler', handlers, '--at', `unix:${at.bridge}`),
    },
    {
      name: 'plugin',
      ...pluginProgram(plugin, at),
    },
    {
      name: 'agent',
      command: process.execPath,
      args: [script('agent/main.js')],
    },
  ]
}

/** An app of the table as the supervisor takes it: started again whenever it ends, and soon. */
export function configOf(app: StudioApp, place: Place): Readonly<Record<string, unknown>> {
  const { name, command, args, env } = app
  return {
    name,
    command,
    args,
    cwd: place.directory,
    env: { ...toEnvironment(place), ...env },
    auto_start: true,
    restart_policy: 'always',
    // Half a second, so that a person sees that it was gone.
    backoff: { base_delay_ms: 500, multiplier: 1.5, max_delay_ms: 3000, jitter: 0 },
    stop_timeout: '3s',
    kill_timeout: '2s',
  }
}

/** A command of one of the systems, wherever its package is. */
function system(name: string, ...args: string[]) {
  const entry = import.meta.resolve(`@tieline/${name}`)
  const launcher = fileURLToPath(new URL(`../../bin/${name}.js`, entry))
  return { command: process.execPath, args: [launcher, ...args] }
}

/** A program of the studio itself, as it is compiled. */
function script(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

function mpvProgram(socket: string, file: string) {
  return {
    command: 'mpv',
    args: [
      ...['--no-config', '--no-video', '--no-terminal', '--loop-file=inf'],
      // A machine without sound plays all the same.
      ...['--audio-fallback-to-null=yes', `--input-ipc-server=${socket}`, '--', file],
    ],
    opens: socket,
  }
}
