// tieline serve: a module's contract and handlers at an endpoint, until it is told to end.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { command, EXIT } from '../src/command/command.js'
import type { Terminal } from '../src/command/terminal.js'
import { oneLine } from '../src/command/text.js'
import { usage } from '../src/command/usage.js'
import type { Contract } from '../src/contract/contract.js'
import { type HandlersFor, type Server, serve as serveContract } from '../src/contract/serve.js'
import { isTielineError, toError } from '../src/errors.js'
import { transportFor } from '../src/transport/open.js'
import type { Transport } from '../src/transport/transport.js'
import { endpointFrom, protocolFrom } from './input.js'
import { jsonLine } from './json-form.js'
import { json, protocol } from './options.js'

export const serve = command({
  name: 'serve',
  words: ['MODULE'],
  options: {
    at: {
      kind: 'text',
      value: 'ENDPOINT',
      required: true,
      about:
        'where: local:NAME, unix:/PATH, pipe:NAME, stdio:,\nmailbox:/DIR#SIDE or ws://127.0.0.1:PORT/',
    },
    protocol,
    json: json('say where it listens as one line of JSON'),
  },
  about: `Serves what a module exports, until Ctrl-C: calls in flight are finished, new
ones are refused. A second Ctrl-C ends at once.`,
  terms: {
    MODULE: `path of a JavaScript module that exports
  contract   the contract
  handlers   its handlers, or a function of the connection's
             peer that makes them`,
  },
  exampleTitle: 'Example, greeter.js',
  example: `import { call, contract, type } from 'tieline'
const Greeter = contract({ name: 'greeter', version: '1.0', methods: {
  hello: call({ input: type(), output: type() }),
}})
const handlers = { hello: ({ name }) => \`Hello \${name}\` }
export { Greeter as contract, handlers }

$ tieline serve greeter.js --at local:greeter
greeter 1.0 at local:greeter`,
  endsWell: true,
  async run({ args: { words, options }, terminal, signal }) {
    const { json } = options
    const endpoint = endpointFrom(options.at)
    const transport = await transportFor(endpoint)
    const protocol = await protocolFrom(options.protocol, transport.unit)
    const { contract, handlers } = await load(words[0])
    let hungUp: () => void = () => {}
    // Over stdio: there is one client only, and when it leaves there is nobody left to serve.
    const alone = new Promise<void>((done) => {
      hungUp = endpoint === 'stdio:' ? done : hungUp
    })
    const server = await serveContract(contract, handlers, {
      at: transport,
      protocol,
      failed: (error) => terminal.fail(oneLine(error.message)),
      observe: {
        handlerFailed: ({ method, error }) => terminal.fail(`${method} failed: ${told(error)}`),
        closed: () => hungUp(),
      },
    })
    await announce(terminal, server, contract, { json, endpoint })
    const token = tokenOf(transport)
    if (token !== undefined) terminal.note(`clients need TIELINE_TOKEN=${token}`, 'dim')
    await Promise.race([aborted(signal), alone])
    await close(server, terminal)
    return EXIT.done
  },
})

/** What a WebSocket server asks of its clients, when it made it up itself. */
function tokenOf(transport: Transport): string | undefined {
  const { token } = transport as { readonly token?: unknown }
  return typeof token === 'string' && token !== process.env['TIELINE_TOKEN'] ? token : undefined
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })
}

async function announce(
  terminal: Terminal,
  server: Server,
  contract: Contract,
  { json, endpoint }: { json: boolean; endpoint: string },
): Promise<void> {
  const { name, version } = contract
  const line = json
    ? jsonLine({ endpoint: server.endpoint, name, version, pid: process.pid })
    : `${terminal.paint('bold', `${name} ${version}`)} at ${server.endpoint}`
  // Over stdio stdout belongs to the conversation.
  if (endpoint === 'stdio:') terminal.note(line)
  else await terminal.print(line)
  if (json || endpoint === 'stdio:' || !terminal.notesSeen) return
  terminal.note(`try: tieline describe ${server.endpoint}   (Ctrl-C ends)`, 'dim')
}

async function close(server: Server, terminal: Terminal): Promise<void> {
  const busy = [...server.peers].reduce((sum, { load: { incoming } }) => sum + incoming, 0)
  if (busy > 0) {
    const calls = busy === 1 ? '1 call' : `${busy} calls`
    terminal.note(`finishing ${calls} (Ctrl-C again ends at once)`, 'dim')
  }
  await server.close()
}

interface Served {
  readonly contract: Contract
  readonly handlers: HandlersFor<Contract>
}

async function load(module: string): Promise<Served> {
  const path = resolve(module)
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw usage(`there is no file ${module} to serve`)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await import(pathToFileURL(path).href)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw usage(`this Node loads no ${module}: compile it to JavaScript first`)
    }
    // Node tells where only as it dies of it.
    const where = error instanceof SyntaxError ? `; node --check ${module} shows where` : ''
    throw usage(`cannot load ${module}: ${told(error)}${where}`)
  }
  return checked(module, exported)
}

function checked(module: string, exported: Readonly<Record<string, unknown>>): Served {
  const { contract, handlers } = exported
  for (const name of ['contract', 'handlers']) {
    if (exported[name] !== undefined) continue
    throw usage(`${module} exports no ${name}; tieline serve --help shows such a module`)
  }
  const { name, version, methods } = contract as Partial<Contract>
  if (typeof name !== 'string' || typeof version !== 'string' || typeof methods !== 'object') {
    throw usage(`the contract that ${module} exports is none: make it with contract()`)
  }
  if (typeof handlers !== 'function' && (typeof handlers !== 'object' || handlers === null)) {
    throw usage(`the handlers that ${module} exports must be an object or a function`)
  }
  return { contract: contract as Contract, handlers: handlers as HandlersFor<Contract> }
}

/** What code outside this program threw: its message, and where that was. */
function told(thrown: unknown): string {
  const error = toError(thrown)
  const text = isTielineError(error) || error.name === 'Error' ? error.message : String(error)
  const where = place(error)
  return oneLine(where === undefined ? text : `${text} (${where})`)
}

/** The first place of the stack that is not inside Node. */
function place(error: Error): string | undefined {
  const lines = (error.stack ?? '').split('\n')
  const found = lines.map(
    (line) => /(?:file:\/\/|\(|at )(\/[^()]+:\d+)(?::\d+)?\)?$/.exec(line)?.[1],
  )
  return found.find((each) => each !== undefined)
}
