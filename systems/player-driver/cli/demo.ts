// player-driver demo: the three parts as three processes, connected by nothing but a socket of their
// own, until Ctrl-C. Whatever ends this process ends them too.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Context, command, EXIT } from 'tieline/command'
import { aborted } from '../src/watchers/wait.js'
import { Part } from './part.js'
import { watcherOf } from './sources.js'

/** What `--once` allows. 20 s: a machine may be busy; it takes half a second on an idle one. */
const ONCE_MS = 20_000

const WORDS = ['[SOURCE]'] as const
const OPTIONS = {
  once: {
    kind: 'flag',
    about: `exit 0 as soon as the display has shown a track that
plays, which came through all three; 1 when it has not
within 20 s`,
  },
  timeout: {
    kind: 'duration',
    value: 'TIME',
    about: 'another limit for --once: 500ms, 20s, 2m',
  },
} as const

export const demo = command({
  name: 'demo',
  words: WORDS,
  options: OPTIONS,
  about: `Starts a driver, a watcher and a display as three processes on an endpoint of
their own, and shows the display, until Ctrl-C.`,
  terms: {
    SOURCE: 'as of watch: mpv:PATH, or demo (the default), a built-in\nplaylist',
  },
  example: ['$ player-driver demo', '$ player-driver demo --once && echo works'],
  endsWell: true,
  async run(context) {
    const [source = 'demo'] = context.args.words
    // Refused here, before anything is started for it.
    watcherOf(source, undefined, () => {})
    // Of mode 0700 from the start, and for nobody else's socket.
    const folder = await mkdtemp(join(tmpdir(), 'fsct-'))
    const parts: Part[] = []
    try {
      return await show(context, source, `unix:${join(folder, 'fsct.sock')}`, parts)
    } finally {
      // The display first, so that it does not tell of the driver's end.
      for (const part of parts.reverse()) await part.end()
      await rm(folder, { recursive: true, force: true })
    }
  },
})

type DemoContext = Context<typeof WORDS, typeof OPTIONS>

async function show(
  context: DemoContext,
  source: string,
  endpoint: string,
  parts: Part[],
): Promise<number> {
  const { args, terminal, signal } = context
  const { once, timeout = ONCE_MS } = args.options
  const start = (name: string, argv: readonly string[], inFront = false) => {
    const part = new Part(name, [...argv, '--at', endpoint], { inFront })
    parts.push(part)
    return part
  }
  const driver = start('driver', ['driver'])
  const watcherStarts = driver.ready.then(() => {
    start('watcher', ['watch', source])
    for (const line of introduction(endpoint)) void terminal.print(line)
    const limit = ['--once', '--timeout', `${timeout}ms`]
    return start('display', ['display', ...(once ? limit : [])], true)
  })
  const shown = await Promise.race([watcherStarts, driver.ended, aborted(signal)])
  if (signal.aborted) return EXIT.done
  if (!(shown instanceof Part)) return fail(context, driver)

  const first = await Promise.race([
    ...parts.map((part) => part.ended.then(() => part)),
    aborted(signal),
  ])
  if (signal.aborted || first === undefined) return EXIT.done
  if (first === shown && first.endedWell) return EXIT.done
  return fail(context, first)
}

/** Says which part ended and what it said last. */
function fail({ terminal }: DemoContext, part: Part): number {
  terminal.fail(`the ${part.name} ended (${part.howItEnded})`)
  for (const line of part.lastWords) terminal.note(`  ${part.name}: ${line}`)
  return EXIT.refused
}

function introduction(endpoint: string): string[] {
  return [
    `player driver at ${endpoint}`,
    'Driver, watcher and display are three processes, connected by that socket alone.',
    'Try in a second terminal, in this folder:',
    '',
    `  npx tieline call ${endpoint} get_protocol_version --protocol msgpack-rpc`,
    `  npx tieline call ${endpoint} list_players --protocol msgpack-rpc`,
    '',
    'Ctrl-C ends.',
    '',
  ]
}
