// The page: one connection to the studio's agent, five sources over it, each in its panel.
import type { ConnectionStatus } from 'tieline'
import { byId, write } from './dom.js'
import { follow, openLink } from './link.js'
import { showPlan, showPlanning } from './panels/drawing.js'
import { LogPanel } from './panels/log.js'
import { showPlaying } from './panels/playing.js'
import { ProcessPanel } from './panels/processes.js'
import { TrafficPanel } from './panels/traffic.js'
import { showPageWire } from './panels/wire.js'
import { milliseconds } from './text.js'
import { hush, toast } from './toast.js'
import { takeToken } from './token.js'

/** What prints something worth reading. */
const FIRST_LOG = 'agent'

/** What the studio wrote into the page. */
function endpointOfPage(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="studio-endpoint"]')
  if (!meta) throw new Error('the page does not say where the channel host is')
  return meta.content
}

let stood = false

function showStatus({ state }: ConnectionStatus): void {
  // An attempt after a loss is part of coming back.
  const shown = state === 'connecting' && stood ? 'waiting' : state
  document.body.dataset['state'] = shown
  byId('status').dataset['state'] = shown
  write('status-text', TEXTS[shown])
  showPageWire(state === 'connected')
  if (state === 'connected') {
    if (stood) toast('Connected again')
    else hush()
    stood = true
  } else if (stood) {
    const text = 'The channel host or the agent is away. This page comes back by itself.'
    toast(text, { stays: true })
  }
}

const TEXTS: Readonly<Record<ConnectionStatus['state'], string>> = {
  connecting: 'Connecting',
  connected: 'Connected',
  waiting: 'Reconnecting',
  closed: 'Closed',
}

async function start(token: string): Promise<void> {
  const studio = await openLink(endpointOfPage(), token, {
    status: showStatus,
    roundTrip: (ms) => write('trip', ms === undefined ? '' : milliseconds(ms)),
  })
  const failed = (error: unknown) => toast((error as Error).message)
  const log = new LogPanel(studio)
  const traffic = new TrafficPanel({
    load: (perSecond) => void studio.load({ perSecond }, { timeout: '5s' }).catch(failed),
    burst: (requests) => void studio.burst({ requests }, { timeout: '5s' }).catch(failed),
  })
  const choose = (name: string) => {
    processes.choose(name)
    log.show(name)
  }
  const processes = new ProcessPanel({
    act: (name, action) => void studio.act({ name, action }, { timeout: '15s' }).catch(failed),
    chosen: choose,
  })
  void follow(() => studio.playing(), showPlaying)
  void follow(
    () => studio.traffic(),
    (seen) => traffic.show(seen),
  )
  void follow(() => studio.planning(), showPlanning)
  void follow(() => studio.plan(), showPlan)
  let chosen = false
  void follow(
    () => studio.processes(),
    (seen) => {
      processes.show(seen)
      if (!chosen && seen.value !== null) choose(FIRST_LOG)
      chosen ||= seen.value !== null
    },
  )
}

const token = takeToken()
if (token === undefined) {
  byId('status').dataset['state'] = 'closed'
  write('status-text', 'No token')
  toast('Open the whole address that the studio printed in its terminal.', { stays: true })
} else {
  void start(token)
}
