// The `tieline` command. A command's file is loaded when it is asked for: `tieline call` must start as
// quickly as it can.
import { program } from '../src/command/program.js'

void program({
  name: 'tieline',
  // From dist/cli to the package's root.
  manifest: new URL('../../package.json', import.meta.url),
  summary: 'Talk to programs on this machine.',
  commands: {
    call: {
      summary: { 'call ENDPOINT METHOD [JSON]': 'call a method, print its answer' },
      load: async () => (await import('./call.js')).call,
    },
    notify: {
      summary: { 'notify ENDPOINT METHOD [JSON]': 'send a notification' },
      load: async () => (await import('./notify.js')).notify,
    },
    listen: {
      summary: { 'listen ENDPOINT [STREAM] [JSON]': 'print what comes, as it comes' },
      load: async () => (await import('./listen.js')).listen,
    },
    ping: {
      summary: { 'ping ENDPOINT': 'measure round trips' },
      load: async () => (await import('./ping.js')).ping,
    },
    describe: {
      summary: { 'describe ENDPOINT': 'show what a server offers' },
      load: async () => (await import('./describe.js')).describe,
    },
    serve: {
      summary: { 'serve MODULE --at ENDPOINT': 'serve a contract and its handlers' },
      load: async () => (await import('./serve.js')).serve,
    },
  },
  notes: `  ENDPOINT   local:NAME    a name of your own user's
             unix:/PATH    a Unix socket; the path alone will do
             pipe:NAME     a Windows named pipe
             mailbox:/DIR#SIDE, ws://HOST:PORT/
  JSON       the params; - reads them from stdin, @FILE from a file`,
  exits: { done: 'answered' },
  example: `$ tieline call local:greeter hello '{"name": "Ada"}'
Hello Ada`,
  explain: async () => (await import('./failure.js')).explain,
}).run(process)
