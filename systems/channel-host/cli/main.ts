// The `channel-host` command. A command's file is loaded when it is asked for.
import { program } from 'tieline/command'

await program({
  name: 'channel-host',
  // From dist/cli to the package's root.
  manifest: new URL('../../package.json', import.meta.url),
  summary: `Browsers and agents on numbered channels: a page talks to a program of this
machine through a host that neither has to trust.`,
  commands: {
    serve: {
      summary: { serve: 'run a host for agents in other processes' },
      load: async () => (await import('./serve.js')).serve,
    },
    demo: {
      summary: { demo: 'run the example agent' },
      load: async () => (await import('./demo.js')).demo,
    },
  },
  exits: { done: 'ended', unreachable: 'no host there, or the endpoint is in use' },
  example: `$ channel-host demo --origin http://127.0.0.1:5173`,
}).run(process)
