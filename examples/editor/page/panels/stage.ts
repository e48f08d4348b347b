// The stage in figures, and whether it is paused.
import type { Audience } from '../../src/protocol/editor.js'
import type { Frame } from '../../src/protocol/frame.js'
import { element, write } from '../dom.js'
import { size } from '../text.js'

export function showFrame({ tick, paused, width, height, sprites }: Frame): void {
  write('tick', tick.toLocaleString('en'))
  write('entities', String(sprites.length))
  write('stage-size', size(width, height))
  write('pause-text', paused ? 'Resume' : 'Pause')
  element('pause').setAttribute('aria-pressed', String(paused))
  element('paused').hidden = !paused
}

export function showAudience({ pages }: Audience): void {
  write('pages', String(pages))
}

export function showView(width: number, height: number): void {
  write('view-size', size(width, height))
}
