// The feed from the bridge: a snapshot at each beginning, then a sample a second. It comes back by
// itself, also when the handler process that sent it is gone.
import type { Sample, Snapshot } from '../src/monitor.js'

export type FeedState = 'connecting' | 'live' | 'lost'

export interface FeedEvents {
  state(state: FeedState): void
  snapshot(snapshot: Snapshot & { readonly servedBy: number }): void
  sample(sample: Sample): void
}

/** Milliseconds until the next attempt, where the browser itself gives up: after an error status. */
const AGAIN_MS = 500
/** Samples come each second; when none does for so long, nobody is there any more. */
const SILENCE_MS = 5000

export function follow(events: FeedEvents): void {
  const source = new EventSource('/feed')
  let silence = 0
  const heard = (): void => {
    clearTimeout(silence)
    silence = setTimeout(again, SILENCE_MS)
  }
  const again = (): void => {
    clearTimeout(silence)
    source.close()
    events.state('lost')
    setTimeout(() => follow(events), AGAIN_MS)
  }
  heard()
  source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
    heard()
    events.snapshot(JSON.parse(data))
    events.state('live')
  })
  source.addEventListener('sample', ({ data }: MessageEvent<string>) => {
    heard()
    events.sample(JSON.parse(data))
  })
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) again()
    else events.state('lost')
  })
}

/** Asks the bridge for something. The header is what no form of another site can send. */
export async function ask(path: string): Promise<void> {
  await fetch(path, { method: 'POST', headers: { 'x-dashboard': '1' } }).catch(() => {
    // The process that was asked is gone: the feed tells what happens next.
  })
}
