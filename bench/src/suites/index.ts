// The suites by name. Each is imported when it runs: a system's suite loads that system.
import type { BenchSuite } from '../suite.js'

const suites = {
  peers: async () => (await import('./peers.js')).peers,
  memory: async () => (await import('./memory.js')).memory,
  'cold-start': async () => (await import('./cold-start.js')).coldStart,
  core: async () => (await import('./core.js')).core,
  floods: async () => (await import('./floods.js')).floodsSuite,
  'player-driver': async () => (await import('./player-driver.js')).playerDriver,
  supervisor: async () => (await import('./supervisor.js')).supervisor,
  'file-channel': async () => (await import('./file-channel.js')).fileChannel,
  'channel-host': async () => (await import('./channel-host.js')).channelHost,
  'web-bridge': async () => (await import('./web-bridge.js')).webBridge,
} satisfies Record<string, () => Promise<BenchSuite>>

export type SuiteName = keyof typeof suites

export const suiteNames = Object.keys(suites) as SuiteName[]
/** What runs when nothing is named: the toolkit beside its peers. */
export const wholeRun: readonly SuiteName[] = ['peers', 'memory', 'cold-start']
/** What `all` stands for: the core's subjects are among the peers. */
export const everything: readonly SuiteName[] = suiteNames.filter((name) => name !== 'core')

export function isSuiteName(name: string): name is SuiteName {
  return Object.hasOwn(suites, name)
}

export function loadSuite(name: SuiteName): Promise<BenchSuite> {
  return suites[name]()
}
