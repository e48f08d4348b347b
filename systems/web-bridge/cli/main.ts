// The `web-bridge` command. A command's file is loaded when it is asked for.
import { type Process, program } from 'tieline/command'

/** `serve` takes SIGHUP as the wish for new processes; to the others it is an end like any other. */
const serving = process.argv[2] === 'serve'

const own: Process = {
  argv: process.argv,
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  get exitCode() {
    return process.exitCode
  },
  set exitCode(code) {
    process.exitCode = code
  },
  on: (signal, listener) => {
    if (signal !== 'SIGHUP' || !serving) process.on(signal, listener)
  },
  exit: (code) => process.exit(code),
}

await program({
  name: 'web-bridge',
  // From dist/cli to the package's root.
  manifest: new URL('../../package.json', import.meta.url),
  summary: 'A web server whose handlers live in other processes, with calls both ways.',
  commands: {
    serve: {
      summary: { 'serve MODULE…': 'HTTP here, the handlers of MODULE in processes of their own' },
      load: async () => (await import('./serve.js')).serve,
    },
    handler: {
      summary: { 'handler MODULE…': 'one handler process, for a server that runs' },
      load: async () => (await import('./handler.js')).handler,
    },
    call: {
      summary: { 'call [NAME [JSON]]': "call a function of the server's process" },
      load: async () => (await import('./call.js')).call,
    },
  },
  notes: `A module exports routes:

  export const routes = {
    'GET /hello/:name': ({ params }) => ({ hello: params.name }),
    'GET /load': (request, { rpc }) => rpc.call('load'),
    'WS /echo': { message: (socket, data) => socket.send(data) },
  }`,
  exits: {
    done: 'ended in good order',
    refused: 'the function failed, or the server refused',
    unreachable: 'nobody there, or the port or endpoint is in use',
  },
  example: `$ web-bridge serve ./handlers.js --port 3000
$ curl http://127.0.0.1:3000/hello/Ada      # in a second terminal
{"hello":"Ada"}`,
  explain: async () => (await import('./explain.js')).explain,
  // npm passes on the signal that the terminal has given to all.
  echoMs: 500,
}).run(own)
