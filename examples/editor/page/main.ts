// The page: connects to the agent through the channel host, shows its scene, and edits it.
import { isKind, type Kind } from '../src/scene/entity.js'
import { element, write } from './dom.js'
import { Editing } from './editing.js'
import { type Editor, openLink } from './link/link.js'
import { takeToken } from './link/token.js'
import { happened, note, say } from './panels/activity.js'
import { ConnectionPanel } from './panels/connection.js'
import { Inspector } from './panels/inspector.js'
import { showAudience, showFrame, showView } from './panels/stage.js'
import { Tools } from './panels/tools.js'
import type { Point, Size } from './stage/fit.js'
import { followKeys } from './stage/keyboard.js'
import { followPointer } from './stage/pointer.js'
import { View } from './stage/view.js'

/** What the server wrote into the page. */
function endpointOfPage(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="editor-endpoint"]')
  if (!meta) throw new Error('the page does not say where the channel host is')
  return meta.content
}

function chosenKind(): Kind {
  const chosen = document.querySelector<HTMLInputElement>('input[name="kind"]:checked')?.value
  return isKind(chosen) ? chosen : 'drifter'
}

/** Says its size to the agent: now if there is a connection, and at the beginning of each. */
function tellSize(editor: Editor | undefined, { width, height }: Size): void {
  if (editor?.$connection.status.state !== 'connected' || width < 1 || height < 1) return
  editor.resize({ width, height })
}

async function start(token: string): Promise<void> {
  const panel = new ConnectionPanel()
  const inspector = new Inspector()
  const tools = new Tools()
  let stood = false
  let editor: Editor | undefined
  let editing: Editing | undefined
  const view = new View(element<HTMLCanvasElement>('stage'), (size) => {
    showView(size.width, size.height)
    tellSize(editor, size)
  })
  editor = await openLink({
    endpoint: endpointOfPage(),
    token,
    page: { happened, audience: showAudience },
    status(status) {
      const stands = status.state === 'connected'
      panel.status(status)
      tools.connected(stands)
      if (stands !== stood) note(stands ? 'Connected' : 'Connection lost')
      stood = stands
      // After this: the status is set for all who ask before anybody is told.
      queueMicrotask(() => tellSize(editor, view.size))
    },
    frame(frame) {
      view.show(frame)
      editing?.seen(frame)
      showFrame(frame)
    },
    figures: (figures) => panel.figures(figures),
  })
  editing = new Editing(editor, view, {
    say,
    selected(id) {
      inspector.selected(id)
      tools.selected(id)
    },
    inspected: (details) => inspector.show(details, view.frame.paused),
  })
  listen(view, editing)
}

function listen(view: View, editing: Editing): void {
  const spawn = (at?: Point) => void editing.spawn(chosenKind(), at)
  const pause = () => void editing.togglePause()
  const remove = () => void editing.remove()
  element('pause').addEventListener('click', pause)
  element('spawn').addEventListener('click', () => spawn())
  element('remove').addEventListener('click', remove)
  followPointer(view, editing, spawn)
  followKeys(element('view'), view, editing, { pause, spawn, remove })
}

const token = takeToken()
if (token === undefined) {
  element('status').dataset.state = 'closed'
  write('status-text', 'No token')
  write('state', 'closed')
  element('veil').hidden = false
  write('veil-title', 'This page has no token')
  write('veil-text', 'Open the whole address that the editor printed in its terminal.')
} else {
  void start(token)
}
