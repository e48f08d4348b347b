// `file-channel serve`: a backend that answers.
import { access, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TielineError } from 'tieline'
import { type FileChannel, type Handler, info, respond } from '../src/index.js'
import type { Command } from './command.js'
import { EXIT, usage } from './command.js'
import { oneLine } from './listen.js'
import { open } from './open.js'

/** Unread messages beyond which ready and shutdown are kept to oneself: they must not fill the file. */
const EVENTS_UNREAD = 20

export const serve: Command = {
  words: ['DIR', '[MODULE]'],
  values: ['as'],
  switches: [],
  help: `Usage: file-channel serve DIR [MODULE] [options]

Answers requests until Ctrl-C. MODULE is a JavaScript file whose exported functions are the methods:
each gets the request's payload and returns the answer. Without one it answers ping, echo and
get_info. Tells the other side with the events backend_ready and backend_shutdown.

  --as SIDE      backend (default) or frontend
  --json         each request and event on one line

Example, in a file methods.mjs:
  export const add = ({ a, b }) => a + b
and then:
  file-channel serve /tmp/demo methods.mjs
  file-channel request /tmp/demo add '{"a": 1, "b": 2}'`,
  endsWell: true,
  async run(context) {
    const { args, output, signal } = context
    const side = args.side('backend')
    const module = args.optional(1)
    const started = Date.now()
    const handlers = module === undefined ? builtIn(args.word(0), started) : await load(module)
    const channel = await open(context, side, { make: true })
    const json = args.has('json')
    try {
      // A second backend is told so here, before it says anything to anybody.
      await channel.claim()
      const running = respond(channel, handlers, {
        signal,
        answered: (request, error) => {
          if (json) output.value({ method: request.method, id: request.id, error }, true)
          else output.line(oneLine({ ...request, error: error ?? null }))
        },
        other: (message) => {
          if (json) output.value(message, true)
          else output.line(oneLine(message))
        },
      })
      await tell(channel, 'backend_ready')
      const names = Object.keys(handlers).join(', ')
      output.note(`serving ${names} in ${channel.directory} as the ${side}; Ctrl-C ends it`)
      await running
      await tell(channel, 'backend_shutdown')
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
}

async function tell(channel: FileChannel, event: string): Promise<void> {
  if (channel.side !== 'backend') return
  const { files } = await info(channel.directory)
  if ((files.backend.unread ?? 0) >= EVENTS_UNREAD) return
  // Nobody depends on it: a full disk is told of by the channel itself.
  const told = channel.sendEvent(event).catch(() => {})
  await Promise.race([told, new Promise((done) => setTimeout(done, 1000).unref())])
}

function builtIn(directory: string, started: number): Record<string, Handler> {
  return {
    ping: () => 'pong',
    echo: (params) => params,
    get_info: () => ({
      name: 'file-channel',
      pid: process.pid,
      directory: resolve(directory),
      uptime_ms: Date.now() - started,
      methods: ['ping', 'echo', 'get_info'],
    }),
  }
}

async function load(path: string): Promise<Record<string, Handler>> {
  const file = resolve(path)
  try {
    await access(file)
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
  } catch (cause) {
    throw usage(`cannot read the module ${file}: ${(cause as Error).message}`)
  }
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (cause) {
    const message = `the module ${file} does not load: ${String(cause).split('\n')[0]}`
    throw new TielineError('unavailable', message, { cause })
  }
  const functions = Object.entries(module).filter(([, value]) => typeof value === 'function')
  if (functions.length === 0) throw usage(`the module ${file} exports no functions`)
  return Object.fromEntries(functions) as Record<string, Handler>
}
