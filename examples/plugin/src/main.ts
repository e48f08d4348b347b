// Our side: asks the plug-in for a picture through a contract, shows how far it is, prints the
// picture. `node dist/src/main.js [DIRECTORY]`; without a directory it starts plugin.py itself.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, fileChannel } from '@tieline/file-channel'
import { connect, implement, isTielineError } from 'tieline'
import { Events, Renderer } from './renderer.js'

const tell = (text: string): void => {
  process.stderr.write(text)
}

const given = process.argv[2]
const directory = given ?? mkdtempSync(join(tmpdir(), 'tieline-plugin-'))
const script = join(import.meta.dirname, '../../plugin.py')
const plugin = given === undefined ? spawn('/usr/bin/python3', [script, directory]) : undefined
plugin?.stderr.pipe(process.stderr)

try {
  const renderer = await connect(Renderer, {
    at: at(directory, 'frontend'),
    protocol: fileChannel(),
    // What the plug-in tells on its own.
    offers: implement(Events, {
      backend_ready: ({ pid }) => tell(`the plug-in is ready, process ${pid}\n`),
      backend_shutdown: () => tell('the plug-in ends\n'),
      progress: ({ done }) => tell(`\rrendering: ${Math.round(done * 100)} %`),
    }),
  })
  const info = await renderer.get_info({}, { timeout: '10s' })
  tell(`talking to ${info.program} on Python ${info.python}\n`)
  const { lines, points } = await renderer.render({ width: 78, height: 30 }, { timeout: '60s' })
  tell(`\r${points} points rendered\n`)
  process.stdout.write(`${lines.join('\n')}\n`)
  await renderer.$connection.close()
} catch (error) {
  tell(`${isTielineError(error) ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  plugin?.kill('SIGTERM')
  if (given === undefined) rmSync(directory, { recursive: true, force: true })
}
