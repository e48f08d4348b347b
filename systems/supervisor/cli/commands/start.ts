// superctl start: one app by its command, those of a file, or known ones again.

import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { type Context, command, EXIT, usage } from 'tieline/command'
import { type RawConfig, readAppConfig } from '../../src/config/app-config.js'
import { findConfigFile, isConfigFile, loadConfigFile } from '../../src/config/config-file.js'
import type { Started } from '../../src/daemon/contract.js'
import { COMMON, type CommonContext } from '../common.js'
import type { Remote } from '../remote.js'
import { withDaemon } from '../session.js'

const WORDS = ['[NAME|FILE]'] as const
const OPTIONS = {
  cwd: { kind: 'text', value: 'DIR', about: 'where it runs; this directory unless told' },
  env: {
    kind: 'repeated',
    short: 'e',
    value: 'NAME=VALUE',
    about: 'a variable; may be repeated',
  },
  // Not `--env-file`: Node takes that one for itself, wherever in the line it stands.
  'env-from': {
    kind: 'repeated',
    value: 'FILE',
    about: 'variables from a file; may be repeated',
  },
  restart: {
    kind: 'text',
    value: 'POLICY',
    about: 'no, always, on-failure (the default)\nor unless-stopped',
  },
  'auto-start': { kind: 'flag', about: 'start it whenever the daemon starts' },
  'max-memory': { kind: 'text', value: 'SIZE', about: 'restart it above that, such as 300M' },
  'stop-timeout': {
    kind: 'text',
    value: 'TIME',
    about: 'from the stop signal to SIGKILL, such as 3s\n(default 10s)',
  },
  ...COMMON,
} as const

type StartContext = Context<typeof WORDS, typeof OPTIONS>

export const start = command({
  name: 'start',
  words: WORDS,
  rest: 'COMMAND ARGS…',
  options: OPTIONS,
  usage: `superctl start NAME -- COMMAND ARGS…    run a program and keep it running
superctl start FILE                     start the apps of a file
superctl start                          the file of this directory
superctl start NAME                     start a known app again`,
  about: `FILE is bunctl.json, ecosystem.config.json or .js (PM2's form), or package.json
("bunctl", "pm2" or the start script). An app that runs already is left as it is;
to bring it to a changed file: superctl reload FILE. No shell is involved: for
pipes and variables write  -- sh -c '…'.`,
  example: `$ superctl start web -- node server.js --port 8080
started web (pid 4711)`,
  run,
})

async function run(context: StartContext): Promise<number> {
  const { rest, words } = context.args
  const [target] = words
  if (rest !== undefined) {
    const config = configFrom(context.args.options, rest, target)
    return withDaemon(context, async (remote) => tellOne(context, await remote.start(config)))
  }
  const file = target === undefined ? findConfigFile(process.cwd()) : fileOf(target)
  if (file !== undefined) return startFile(context, file)
  if (target !== undefined) {
    return withDaemon(context, async (remote) => tellOne(context, await remote.startAgain(target)))
  }
  throw usage(
    'there is no bunctl.json, ecosystem.config.js or package.json here; name a file or an app',
  )
}

function fileOf(target: string): string | undefined {
  if (isConfigFile(target)) return target
  if (/\.(json|[cm]?js)$/.test(target) || target.includes('/')) {
    if (existsSync(target)) {
      throw usage(`${target} is no configuration: such a file ends in .json, .js, .cjs or .mjs`)
    }
    throw usage(`there is no file ${target}; to run a program: superctl start NAME -- COMMAND`)
  }
  return undefined
}

/** The configuration of `start NAME -- COMMAND ARGS…`. */
function configFrom(
  options: StartContext['args']['options'],
  [command, ...args]: readonly string[],
  name: string | undefined,
): RawConfig {
  if (name === undefined) throw usage('start needs a name: superctl start NAME -- COMMAND ARGS…')
  if (command === undefined || command === '') throw usage('a command must follow --')
  const cwd = resolve(options.cwd ?? '.')
  const given = (field: string, value: unknown) => (value === undefined ? {} : { [field]: value })
  const config = {
    name,
    command: programPath(command, cwd),
    args,
    cwd,
    env: Object.fromEntries(options.env.map(pair)),
    env_file: options['env-from'].map((path) => resolve(path)),
    auto_start: options['auto-start'],
    ...given('restart_policy', options['restart']),
    ...given('max_memory', options['max-memory']),
    ...given('stop_timeout', options['stop-timeout']),
  }
  readAppConfig(config)
  return config
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at <= 0) throw usage(`--env takes NAME=VALUE, not ${text}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** What this shell would run: the daemon may have another PATH. */
function programPath(command: string, cwd: string): string {
  if (command.includes('/')) return resolve(cwd, command)
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, command)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // The next folder may have it; when none has, the daemon says so.
    }
  }
  return command
}

async function tellOne({ args, terminal }: CommonContext, started: Started): Promise<number> {
  await terminal.print(args.options.json ? JSON.stringify(started) : startedLine(started))
  return EXIT.done
}

function startedLine({ id, pid, already }: Started): string {
  return already ? `${id} runs already (pid ${pid})` : `started ${id} (pid ${pid})`
}

async function startFile(context: CommonContext, file: string): Promise<number> {
  const configs = await loadConfigFile(file)
  return withDaemon(context, async (remote) => {
    const results = await Promise.all(configs.map((config) => attempt(remote, config)))
    const { terminal } = context
    const { json } = context.args.options
    if (json) await terminal.print(JSON.stringify(results))
    let code: number = EXIT.done
    for (const result of results) {
      const failed = 'error' in result
      if (failed) code = EXIT.refused
      if (json) continue
      if (failed) terminal.fail(result.error)
      else await terminal.print(startedLine(result))
    }
    return code
  })
}

async function attempt(
  remote: Remote,
  config: RawConfig,
): Promise<Started | { readonly name: unknown; readonly error: string }> {
  try {
    return await remote.start(config)
  } catch (error) {
    return { name: config['name'], error: (error as Error).message }
  }
}
