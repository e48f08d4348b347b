// What the command line says.
import { parseArgs } from 'node:util'

export interface Options {
  /** Of the channel host, for pages. 0: any that is free. */
  readonly port: number
  /** Of the page itself. */
  readonly sitePort: number
  readonly seed: number
}

export const HELP = `Scene editor: a page that edits a scene which lives in another process.

  --port N        the channel host's port for pages (default 9002; 0: any that is free)
  --site-port N   the page's own port (default 9003; 0: any that is free)
  --seed N        the scene's seed (default 7): the same seed, the same scene
  --help          this text
`

/** Undefined: help was asked for. Throws for what it does not know. */
export function optionsFrom(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '9002' },
      'site-port': { type: 'string', default: '9003' },
      seed: { type: 'string', default: '7' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  return {
    port: whole('port', values.port, 65_535),
    sitePort: whole('site-port', values['site-port'], 65_535),
    seed: whole('seed', values.seed, 0xffff_ffff),
  }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= most) return value
  throw new RangeError(`--${name} takes a whole number from 0 to ${most}, not ${text}`)
}
