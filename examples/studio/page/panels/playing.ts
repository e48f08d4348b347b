// What is playing. A message comes when something changes; the position runs by the clock.
import type { Playing, Seen } from '../../src/protocol/studio.js'
import { byId, write } from '../dom.js'
import { eachPicture } from '../motion.js'
import { clock } from '../text.js'
import { paintCover } from './cover.js'
import { showWire } from './wire.js'

let playing: Playing | null = null

export function showPlaying(seen: Seen<Playing>): void {
  showWire(['playing'], seen)
  const { value } = seen
  if (value === null) return
  playing = value
  const { texts, next, status } = value
  write('title', texts.title ?? 'Nothing is playing')
  byId('title').title = texts.title ?? ''
  write('artist', texts.artist ?? '')
  write('album', texts.album ?? '')
  write('play-state', status === 'paused' ? 'Paused' : '')
  const coming = [next.title, next.artist].filter((text) => text !== null).join(' · ')
  write('next', coming === '' ? '\u00a0' : `Next: ${coming}`)
  paintCover(byId<SVGSVGElement>('cover'), texts.title ?? '')
}

eachPicture((now) => {
  if (playing === null) return
  const { positionMs, at, rate, durationMs } = playing
  const meter = byId('position')
  const bar = meter.firstElementChild as HTMLElement
  if (positionMs === null) {
    bar.style.scale = '0 1'
    return
  }
  const ran = positionMs + (now - at) * rate
  const position = Math.max(0, durationMs === null ? ran : Math.min(ran, durationMs))
  const part = durationMs === null ? 0 : position / durationMs
  bar.style.scale = `${part.toFixed(5)} 1`
  write('elapsed', clock(position / 1000))
  write('duration', durationMs === null ? '–' : clock(durationMs / 1000))
  const told = String(Math.round(part * 100))
  if (meter.ariaValueNow !== told) meter.ariaValueNow = told
})
