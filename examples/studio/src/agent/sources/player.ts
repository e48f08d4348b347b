// The player driver: the studio is one of its displays, and is sent what changes there.
import { type IpcDriver, Status, stayConnected, VirtualDisplay } from '@tieline/player-driver'
import type { Playing } from '../../protocol/studio.js'
import { Source, say } from '../source.js'

const DIALECTS = { 1: 'MessagePack-RPC', 2: 'JSON-RPC', 3: 'JSON-RPC' } as const

export function followPlayer(at: string, signal: AbortSignal): Source<Playing> {
  const source = new Source<Playing>('the player driver', 'Unix socket · MessagePack-RPC')
  stayConnected({
    at,
    signal,
    patient: true,
    backoff: { base: '200ms', cap: '2s' },
    told(change) {
      if (change.kind !== 'connected') source.lost(change.error.message)
    },
    use: (driver, ending) => display(driver, source, ending),
  }).catch((error: unknown) => {
    if (!signal.aborted) source.lost((error as Error).message)
  })
  return source
}

async function display(
  driver: IpcDriver,
  source: Source<Playing>,
  ending: AbortSignal,
): Promise<void> {
  const shown = new VirtualDisplay({
    // One of a kind: an agent that was killed may still be attached.
    serialNumber: `studio-${process.pid}`,
    name: 'Tieline studio',
    changed: () => {
      if (shown.attached) show(shown, source)
    },
  })
  await driver.attachDevice(shown)
  source.up(`Unix socket · ${DIALECTS[driver.generation]}`)
  await new Promise<void>((resolve) => {
    if (ending.aborted) resolve()
    ending.addEventListener('abort', () => resolve(), { once: true })
  })
}

function show(display: VirtualDisplay, source: Source<Playing>): void {
  const at = Date.now()
  const { status, texts, queue, positionMs, durationMs, rate } = display.shown(at)
  const before = source.now.value?.texts.title
  if (texts.title !== null && texts.title !== before) say(`now playing: ${texts.title}`)
  source.show({
    status: NAMES[status] ?? 'stopped',
    texts,
    next: queue,
    positionMs,
    at,
    durationMs,
    rate,
  })
}

const NAMES: Readonly<Record<number, Playing['status']>> = {
  [Status.Playing]: 'playing',
  [Status.Seeking]: 'playing',
  [Status.Buffering]: 'playing',
  [Status.Paused]: 'paused',
}
