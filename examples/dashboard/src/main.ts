// The example as a command: starts everything, prints the address, ends on Ctrl-C.
import { parseArgs } from 'node:util'
import { type DashboardOptions, startDashboard } from './dashboard.js'

const HELP = `Dashboard: a page that shows a web bridge and its machine at work.

  --port N        where the page is (default 9005; 0: any that is free)
  --processes N   handler processes (default 2)
  --quiet         no sample visitors; the page can call them
  --help          this text
`

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Undefined: help was asked for. Throws for what it does not know. */
function optionsFrom(args: readonly string[]): DashboardOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '9005' },
      processes: { type: 'string', default: '2' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  return {
    port: whole('port', values.port, 0, 65_535),
    processes: whole('processes', values.processes, 1, 64),
    visitors: !values.quiet,
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not ${text}`)
}

async function run(options: DashboardOptions): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  const dashboard = await startDashboard(options)
  say(`Dashboard\n\n  ${dashboard.url}\n\nCtrl-C ends it.`)
  await asked
  await dashboard.close()
}

try {
  const options = optionsFrom(process.argv.slice(2))
  if (options === undefined) say(HELP)
  else await run(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
