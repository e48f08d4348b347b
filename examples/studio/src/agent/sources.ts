// The sources together, at the places of one studio.
import { originOf, type Place, within } from '../place.js'
import type { Playing } from '../protocol/studio.js'
import type { Source } from './source.js'
import { BridgeWatch } from './sources/bridge.js'
import { followPlayer } from './sources/player.js'
import { PluginWatch } from './sources/plugin.js'
import { ProcessWatch } from './sources/processes.js'

export interface Sources {
  readonly player: Source<Playing>
  readonly processes: ProcessWatch
  readonly bridge: BridgeWatch
  readonly plugin: PluginWatch
}

export async function openSources(place: Place, signal: AbortSignal): Promise<Sources> {
  const at = within(place.directory)
  const plugin = new PluginWatch(at.mailbox, signal)
  const processes = await ProcessWatch.open(`unix:${at.supervisor}`, signal)
  void (async () => {
    for await (const { value } of processes.source.watch(signal)) {
      const row = value?.rows.find(({ name }) => name === 'plugin')
      if (row !== undefined) plugin.running(row.state === 'running')
    }
  })()
  return {
    player: followPlayer(`unix:${at.driver}`, signal),
    processes,
    bridge: new BridgeWatch(`unix:${at.bridge}`, originOf(place), signal),
    plugin,
  }
}
