// `file-channel serve`: a backend that answers.
import { access as found, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TielineError } from 'tieline'
import { command, EXIT, usage } from 'tieline/command'
import { type FileChannel, type Handler, info, respond } from '../src/index.js'
import { access, json, side, valueText } from './common.js'
import { messageLine } from './listen.js'
import { open } from './open.js'

/** Unread messages beyond which ready and shutdown are kept to oneself: they must not fill the file. */
const EVENTS_UNREAD = 20

export const serve = command({
  name: 'serve',
  words: ['DIR', '[MODULE]'],
  options: {
    as: side('backend (default) or frontend'),
    json: json('each request and event on one line'),
    access,
  },
  about: `Answers requests until Ctrl-C. MODULE is a JavaScript file whose exported functions are the methods:
each gets the request's payload and returns the answer. Without one it answers ping, echo and
get_info. Tells the other side with the events backend_ready and backend_shutdown.`,
  exampleTitle: 'Example, in a file methods.mjs',
  example: `export const add = ({ a, b }) => a + b

$ file-channel serve /tmp/demo methods.mjs
$ file-channel request /tmp/demo add '{"a": 1, "b": 2}'`,
  endsWell: true,
  async run(context) {
    const { args, terminal, signal } = context
    const [directory, module] = args.words
    const { as = 'backend', json } = args.options
    const handlers = module === undefined ? builtIn(directory, Date.now()) : await load(module)
    const channel = await open(context, directory, as, { make: true })
    try {
      // A second backend is told so here, before it says anything to anybody.
      await channel.claim()
      const running = respond(channel, handlers, {
        signal,
        answered: (request, error) => {
          const { method, id } = request
          const line = () => messageLine({ ...request, error: error ?? null })
          void terminal.print(json ? valueText({ method, id, error }, true) : line())
        },
        other: (message) => {
          void terminal.print(json ? valueText(message, true) : messageLine(message))
        },
      })
      await tell(channel, 'backend_ready')
      const names = Object.keys(handlers).join(', ')
      terminal.note(`serving ${names} in ${channel.directory} as the ${as}; Ctrl-C ends it`)
      await running
      await tell(channel, 'backend_shutdown')
    } finally {
      await channel.close()
    }
    return EXIT.done
  },
})

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
    await found(file)
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw usage(`there is no file ${file} to serve`)
    throw usage(`cannot read the module ${file}: ${message}`)
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
