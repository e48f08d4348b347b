// player-driver demo: the three parts as three processes, connected by nothing but a socket of their
// own, until Ctrl-C. Whatever ends this process ends them too.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aborted } from '../src/watchers/wait.js'
import { type Command, type Context, EXIT } from './command.js'
import { Part } from './part.js'

export const demo: Command = {
  name: 'demo',
  words: ['[SOURCE]'],
  options: { once: {}, timeout: { takesValue: true } },
  endsWell: true,
  help: `player-driver demo [SOURCE]

Starts a driver, a watcher and a display as three processes on an endpoint of
their own, and shows the display, until Ctrl-C.

  SOURCE   as of watch: mpv:PATH, or demo (the default), a built-in playlist
  --once   exit 0 as soon as the display has shown a track that plays, which
           came through all three; 1 when it has not within 20 s
  --timeout TIME   another limit for --once: 500ms, 20s, 2m

Example:
  $ player-driver demo
  $ player-driver demo --once && echo works`,
  run,
}

/** What `--once` allows. 20 s: a machine may be busy; it takes half a second on an idle one. */
const ONCE_MS = 20_000

async function run(context: Context): Promise<number> {
  // Of mode 0700 from the start, and for nobody else's socket.
  const folder = await mkdtemp(join(tmpdir(), 'fsct-'))
  const parts: Part[] = []
  try {
    return await show(context, `unix:${join(folder, 'fsct.sock')}`, parts)
  } finally {
    // The display first, so that it does not tell of the driver's end.
    for (const part of parts.reverse()) await part.end()
    await rm(folder, { recursive: true, force: true })
  }
}

async function show(context: Context, endpoint: string, parts: Part[]): Promise<number> {
  const { args, output, signal } = context
  const once = args.has('once')
  const start = (name: string, argv: readonly string[], inFront = false) => {
    const part = new Part(name, [...argv, '--at', endpoint], { inFront })
    parts.push(part)
    return part
  }
  const driver = start('driver', ['driver'])
  const watcherStarts = driver.ready.then(() => {
    start('watcher', ['watch', args.word(0) ?? 'demo'])
    for (const line of introduction(endpoint)) output.line(line)
    const limit = ['--once', '--timeout', `${args.duration('timeout') ?? ONCE_MS}ms`]
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
function fail({ output }: Context, part: Part): number {
  output.fail(`the ${part.name} ended (${part.howItEnded})`)
  for (const line of part.lastWords) output.note(`  ${part.name}: ${line}`)
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
