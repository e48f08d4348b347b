// What the command line says.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bestPluginHost, PLUGIN_HOSTS, type PluginHost, programIn } from './plugin/host.js'

export interface Options {
  /** Undefined: the usual one, or any when that is taken. */
  readonly port: number | undefined
  readonly once: boolean
  readonly mpv: string | undefined
  readonly plugin: PluginHost
}

export const HELP = `Tieline studio: all five systems at work, and one page that shows them.

  --port N         the page's port (default 9010, or any when that is taken; 0: any)
  --mpv FILE       mpv plays FILE, again and again, instead of the built-in playlist
  --plugin HOST    where the plug-in runs: inkscape, python or node (default: the first there is)
  --once           check that everything is there, print one line, exit with 0 or 1
  --help           this text

Nothing has to be installed, and nothing stays: everything is in a private temporary
directory, which is removed at the end. Ctrl-C ends it.
`

/** Undefined: help was asked for. Throws one line for what it does not know. */
export function optionsFrom(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      mpv: { type: 'string' },
      plugin: { type: 'string' },
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  return {
    port: values.port === undefined ? undefined : portFrom(values.port),
    once: values.once,
    mpv: values.mpv === undefined ? undefined : mpvFrom(values.mpv),
    plugin: values.plugin === undefined ? bestPluginHost() : pluginFrom(values.plugin),
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new RangeError(`--port takes a whole number from 0 to 65535, not '${text}'`)
}

function mpvFrom(file: string): string {
  if (programIn('mpv') === undefined) throw new RangeError('--mpv needs mpv, which is not there')
  // An address is for mpv to judge.
  if (/^\w+:\/\//.test(file)) return file
  if (existsSync(file)) return resolve(file)
  throw new RangeError(`--mpv: there is no file ${file}`)
}

function pluginFrom(text: string): PluginHost {
  const host = PLUGIN_HOSTS.find((each) => each === text)
  if (host === undefined) throw new RangeError(`--plugin knows no '${text}'; ${ONES}`)
  const program = { inkscape: 'inkscape', python: 'python3', node: 'node' }[host]
  if (host !== 'node' && programIn(program) === undefined) {
    throw new RangeError(`--plugin ${host}: there is no ${program}`)
  }
  return host
}

const ONES = `there are ${PLUGIN_HOSTS.join(', ')}`
