// What the agent answers on one channel: the contract's handlers for one page, with what that page
// holds in its hand let go when it is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import { client, fail, type Handlers, type Peer } from 'tieline'
import { type Details, EditorPage, type SceneEditor } from '../protocol/editor.js'
import type { Stage, Viewer } from './stage.js'

/** Milliseconds between two looks at an inspected entity: figures that change faster are not read. */
const INSPECT_MS = 100

export function editorFor(stage: Stage, peer: Peer): Handlers<typeof SceneEditor> {
  const viewer = viewerOf(peer)
  const held = new Set<number>()
  peer.ready.then(
    () => stage.enter(viewer),
    // It never came to a conversation; `closed` follows.
    () => {},
  )
  void peer.closed.then(() => {
    for (const id of held) stage.release(id)
    stage.leave(viewer)
  })
  const missing = (id: number) => fail('no-such-entity', `there is no entity ${id}`)
  return {
    async *frames(_, { signal }) {
      while (!signal.aborted) {
        yield stage.frame
        await stage.next(signal)
      }
    },
    async *inspect({ id }, { signal }) {
      let details: Details | undefined = stage.details(id)
      if (details === undefined) throw missing(id)
      while (details !== undefined && !signal.aborted) {
        yield details
        // Aborted: the loop's condition says the rest.
        await sleep(INSPECT_MS, undefined, { signal }).catch(() => {})
        details = stage.details(id)
      }
    },
    spawn({ kind, x, y }) {
      const at = x !== undefined && y !== undefined ? { x, y } : undefined
      const id = stage.spawn(viewer, kind, at)
      if (id === undefined) throw fail('scene-full', `the scene takes ${stage.most} entities`)
      return id
    },
    remove({ id }) {
      if (!stage.remove(viewer, id)) throw missing(id)
      held.delete(id)
    },
    pause: ({ paused }) => stage.pause(viewer, paused),
    grab({ id }) {
      if (stage.grab(id)) held.add(id)
    },
    move: ({ id, x, y }) => stage.move(id, x, y),
    release({ id, vx, vy }) {
      if (held.delete(id)) stage.release(id, vx, vy)
    },
    resize: (size) => stage.resize(viewer, size),
  }
}

function viewerOf(peer: Peer): Viewer {
  const page = client(EditorPage, peer)
  // A page that is just leaving takes no notifications; it will not miss them.
  const telling = (tell: () => void) => {
    if (peer.state === 'open') tell()
  }
  return {
    happened: (event) => telling(() => page.happened(event)),
    audience: (pages, width, height) => telling(() => page.audience({ pages, width, height })),
  }
}
