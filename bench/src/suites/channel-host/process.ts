// A process of the suite: `node process.js ROLE PATH`. It says where it is found, and then does what it
// is asked over Node's own channel to the parent.
import { memory } from '../../held.js'
import type { Ask, Reply, Started } from './asks.js'
import type { Role } from './start.js'

const [role = '', path = ''] = process.argv.slice(2)

const roles: Readonly<Record<Role, () => Promise<Started>>> = {
  client: async () => (await import('./client.js')).client(),
  'bare-echo': async () => (await import('./bare.js')).webSocketEcho(),
  'bare-socket': async () => (await import('./bare.js')).socketEcho(path),
  'bare-relay': async () => (await import('./bare.js')).relay(path, false),
  'bare-relay-joined': async () => (await import('./bare.js')).relay(path, true),
  host: async () => (await import('./ours.js')).host(path),
  agent: async () => (await import('./ours.js')).agent(path),
  inside: async () => (await import('./ours.js')).inside(),
}

const started = await roles[role as Role]()

async function answer(asked: Ask): Promise<unknown> {
  switch (asked.ask) {
    case 'open':
      return started.open?.(asked.url, asked.count)
    case 'echo':
      return started.echo?.(asked)
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return user + system
    }
    case 'memory':
      return (await memory()).resident
    case 'stop':
      // By itself, so that a profile is written.
      setImmediate(() => process.exit())
      return undefined
  }
}

const say = (reply: Reply) => process.send?.(reply)
process.on('message', (asked: Ask) => {
  answer(asked).then(
    (said) => say({ answer: said }),
    (error: Error) => say({ failure: error.message }),
  )
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
say({ answer: started.url })
