// What can be followed, as the command line names it: mpv:PATH, mpris, demo.
import { resolve } from 'node:path'
import { isTielineError } from 'tieline'
import { usage } from 'tieline/command'
import { demoWatcher } from '../src/watchers/demo.js'
import { type MprisChange, mprisWatcher } from '../src/watchers/mpris.js'
import { type MpvChange, mpvWatcher } from '../src/watchers/mpv.js'
import type { Watcher } from '../src/watchers/watcher.js'

/** Throws `usage` for a source that is none. */
export function watcherOf(
  source: string,
  name: string | undefined,
  print: (line: string) => void,
): Watcher {
  const selfId = name === undefined ? {} : { selfId: name }
  if (source === 'demo') return demoWatcher(selfId)
  if (source === 'mpris') {
    return mprisWatcher({ ...selfId, told: (change) => print(mprisLine(change)) })
  }
  const [, given] = /^mpv:(.*)$/s.exec(source) ?? []
  if (given === undefined)
    throw usage(`watch knows no source '${source}'; there are mpv:PATH, mpris, demo`)
  if (given === '') throw usage('mpv: needs the path of its socket: mpv:PATH')
  const path = resolve(given)
  const told = (change: MpvChange) => print(mpvLine(change, path))
  return mpvWatcher(path, { ...selfId, told })
}

function mprisLine(change: MprisChange): string {
  switch (change.kind) {
    case 'following':
      return 'following the players of the session bus'
    case 'player':
      return change.there ? `following ${change.name}` : `${change.name} has ended`
    case 'waiting':
      return `no session bus (${change.error.message}); waiting for it`
  }
}

function mpvLine(change: MpvChange, path: string): string {
  if (change.kind === 'following') return `following mpv at ${path}`
  const { error } = change
  const ended = isTielineError(error, 'connection-lost')
  const why = ended ? 'mpv has ended' : `no mpv (${error.message})`
  return `${why}; waiting for mpv --input-ipc-server=${path}`
}
