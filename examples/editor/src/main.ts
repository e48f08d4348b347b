// The example as a command: starts everything, prints the address, ends on Ctrl-C.
import { startEditor } from './editor.js'
import { HELP, type Options, optionsFrom } from './options.js'

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function run(options: Options): Promise<void> {
  const editor = await startEditor(options, {
    started: (name, pid) => say(`  ${name.padEnd(6)} process ${pid}`),
    died: (name, why) => say(`  ${name.padEnd(6)} is gone (${why}), starting it again`),
  })
  say(`Scene editor\n\n  ${editor.url}\n\nThe token is in the address. Ctrl-C ends it.\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await editor.close()
}

try {
  const options = optionsFrom(process.argv.slice(2))
  if (options === undefined) say(HELP)
  else await run(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
