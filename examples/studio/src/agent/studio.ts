// The contract's handlers: what a page is told and may do, from the five sources.
import type { Handlers } from 'tieline'
import type { Plan, Studio } from '../protocol/studio.js'
import type { Sources } from './sources.js'

export function studioHandlers(sources: Sources): Handlers<typeof Studio> {
  const { player, processes, bridge, plugin } = sources
  return {
    playing: (_, { signal }) => player.watch(signal),
    processes: (_, { signal }) => processes.source.watch(signal),
    traffic: (_, { signal }) => bridge.source.watch(signal),
    planning: (_, { signal }) => plugin.source.watch(signal),
    async *plan(_, { signal }): AsyncGenerator<Plan> {
      for await (const plan of plugin.plan.watch(signal)) if (plan !== undefined) yield plan
    },
    logs: ({ name }, { signal }) => processes.logs(name, signal),
    act: ({ name, action }) => processes.act(name, action),
    load: ({ perSecond }) => bridge.load(perSecond),
    burst: ({ requests }) => bridge.burst(requests),
  }
}
