// Our side: asks the plug-in for a plan through a contract, shows how far it is, prints the drawing.
// `node dist/src/main.js [DRAWING.svg] [--python]`; --python leaves Inkscape out.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { at, fileChannel } from '@tieline/file-channel'
import { connect, implement, isTielineError } from 'tieline'
import { hasInkscape, startHost } from './host.js'
import { Events, Plotter } from './plotter.js'
import { preview } from './preview.js'

/** Characters in a line of the picture. */
const COLUMNS = 78

const tell = (text: string): void => {
  process.stderr.write(text)
}

const args = process.argv.slice(2)
const given = args.find((arg) => !arg.startsWith('-'))
const drawing = resolve(given ?? join(import.meta.dirname, '../../drawing.svg'))
const directory = mkdtempSync(join(tmpdir(), 'tieline-plugin-'))
const plan = join(directory, 'drawing.plan')
const usesInkscape = !args.includes('--python') && hasInkscape()
const host = startHost(directory, drawing, plan, usesInkscape ? 'Inkscape' : 'Python')
const ended = once(host.process, 'exit')

try {
  await ask()
} catch (error) {
  tell(`${isTielineError(error) ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  host.process.kill('SIGTERM')
  rmSync(directory, { recursive: true, force: true })
}

async function ask(): Promise<void> {
  await using plotter = await connect(Plotter, {
    at: at(directory, 'frontend'),
    protocol: fileChannel(),
    // What the plug-in tells on its own.
    offers: implement(Events, {
      backend_ready: ({ pid }) => tell(`the plug-in is ready, process ${pid}\n`),
      backend_shutdown: () => tell('the plug-in ends\n'),
      progress: ({ done }) => tell(`\rplanning: ${Math.round(done * 100)} %`),
    }),
  })
  const { python } = await plotter.get_info({}, { timeout: '30s' })
  tell(
    `talking to Python ${python} in ${host.name === 'Python' ? 'a process of its own' : host.name}\n`,
  )
  const { strokes, drawn, travelled, skipped } = await plotter.plan({}, { timeout: '60s' })
  tell(`\r${strokes.length} strokes: ${drawn} drawn, ${travelled} with the pen up\n`)
  if (skipped.length > 0)
    tell(`passed over: ${skipped.join(', ')} (Inkscape makes paths of them)\n`)
  process.stdout.write(`${preview(strokes, COLUMNS).join('\n')}\n`)
  await plotter.finish({})
  await ended
}
