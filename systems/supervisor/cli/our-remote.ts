// Our own daemon, over Tieline's native protocol.
import type { ConnectedClient } from 'tieline'
import type { SupervisorContract } from '../src/daemon/contract.js'
import type { Remote, RemoteOptions } from './remote.js'

export function ourRemote(
  client: ConnectedClient<typeof SupervisorContract>,
  { signal, timeoutMs }: RemoteOptions,
): Remote {
  const options = { signal, timeout: timeoutMs }
  const named = (name: string | undefined) => (name === undefined ? {} : { name })
  return {
    start: (config) => client.start({ config }, options),
    startAgain: (name) => client.startAgain({ name }, options),
    stop: async (name) => (await client.stop({ name }, options)).id,
    restart: (name) => client.restart({ name }, options),
    remove: async (name) => (await client.remove({ name }, options)).id,
    list: () => client.list(undefined, options),
    status: (name) => client.status(named(name), options),
    logs: (name, lines) => client.logs({ ...named(name), lines }, options),
    // A stream's timeout is that of its first item, and events may be long in coming.
    events: (filter) => client.events(filter, { signal, timeout: Number.POSITIVE_INFINITY }),
    follow: (params) => client.follow(params, { signal, timeout: Number.POSITIVE_INFINITY }),
    reload: (configs) => client.reload({ configs }, options),
    save: () => client.save(undefined, options),
    resurrect: () => client.resurrect(undefined, options),
    shutdown: (apps) => client.shutdown({ apps }, options),
    info: () => client.info(undefined, options),
    closed: client.$connection.peer?.closed ?? Promise.resolve(),
    close: () => client.$connection.close(),
  }
}
