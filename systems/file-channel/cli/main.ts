// The `file-channel` command. A command's file is loaded when it is asked for.
import { program } from 'tieline/command'

await program({
  name: 'file-channel',
  // From dist/cli to the package's root.
  manifest: new URL('../../package.json', import.meta.url),
  summary: `JSON messages between two programs through two files in DIR: a backend and a
frontend. For programs that cannot open a socket. Works with ipckit's file
channel on the other side.`,
  commands: {
    send: {
      summary: { 'send DIR NAME [JSON]': 'send an event' },
      load: async () => (await import('./send.js')).send,
    },
    request: {
      summary: { 'request DIR METHOD [JSON]': 'ask, and print the answer' },
      load: async () => (await import('./request.js')).request,
    },
    listen: {
      summary: { 'listen DIR': 'print messages as they come, take them' },
      load: async () => (await import('./listen.js')).listen,
    },
    serve: {
      summary: { 'serve DIR [MODULE]': "be a backend, of a module's functions" },
      load: async () => (await import('./serve.js')).serve,
    },
    watch: {
      summary: { 'watch DIR': 'print what both sides write' },
      load: async () => (await import('./watch.js')).watch,
    },
    clear: {
      summary: { 'clear DIR': 'empty both files' },
      load: async () => (await import('./clear.js')).clear,
    },
    info: {
      summary: { 'info DIR': 'who reads, and what is unread' },
      load: async () => (await import('./info.js')).info,
    },
  },
  notes: `Options of all: --json (one line of JSON for each thing), --access group or
everyone (the other program is another user's), --help.`,
  exits: { unreachable: 'could not: no channel, no room, not permitted' },
  example: `$ file-channel serve /tmp/demo
$ file-channel request /tmp/demo echo '{"hello": "world"}'    # elsewhere`,
  explain: async () => (await import('./explain.js')).explain,
}).run(process)
