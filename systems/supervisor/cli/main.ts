// The `superctl` command. A command's file is loaded when it is asked for, so that it starts quickly.
import { EXIT, program } from 'tieline/command'
import { manifest } from './manifest.js'

await program({
  name: 'superctl',
  manifest,
  summary: 'Keeps programs running on this machine.',
  commands: {
    start: {
      summary: {
        'start NAME -- COMMAND ARGS…': 'run a program and keep it running',
        'start [FILE]': 'the apps of bunctl.json and its like',
      },
      load: async () => (await import('./commands/start.js')).start,
    },
    stop: {
      summary: { 'stop | restart | delete NAME…': '' },
      load: async () => (await import('./commands/apps.js')).stop,
    },
    restart: { load: async () => (await import('./commands/apps.js')).restart },
    delete: { load: async () => (await import('./commands/apps.js')).remove },
    status: {
      summary: { 'status [NAME]': 'how apps do' },
      load: async () => (await import('./commands/status.js')).status,
    },
    ps: {
      summary: 'the same, kept up to date',
      load: async () => (await import('./commands/ps.js')).ps,
    },
    logs: {
      summary: { 'logs [NAME] [-f] [-n LINES]': 'what apps print' },
      load: async () => (await import('./commands/logs.js')).logs,
    },
    events: {
      summary: { 'events [NAME]': 'what happens to apps' },
      load: async () => (await import('./commands/events.js')).events,
    },
    reload: {
      summary: { 'reload [FILE]': 'change only what differs' },
      load: async () => (await import('./commands/lists.js')).reload,
    },
    save: {
      summary: { 'save | resurrect': 'keep a list of apps, start it again' },
      load: async () => (await import('./commands/lists.js')).save,
    },
    resurrect: { load: async () => (await import('./commands/lists.js')).resurrect },
    kill: {
      summary: { 'kill [--leave]': 'end the daemon' },
      load: async () => (await import('./commands/kill.js')).kill,
    },
    daemon: {
      summary: { 'daemon | startup': 'for service managers' },
      load: async () => (await import('./commands/daemon.js')).daemon,
    },
    startup: { load: async () => (await import('./commands/startup.js')).startup },
  },
  notes: 'The first command starts the daemon. --json with every command is for scripts.',
  exits: { refused: 'the daemon refused', unreachable: 'could not reach the daemon, or lost it' },
  example: `$ superctl start clock -- sh -c 'while date; do sleep 1; done'
started clock (pid 4711)
$ superctl logs clock -f`,
  // Of a file that this command itself has read and refused.
  exitCodes: { 'invalid-config': EXIT.usage },
  explain: async () => (await import('./explain.js')).explain,
}).run(process)
