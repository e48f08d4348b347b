// What a page is sent 60 times a second: the whole scene as 32-bit floats, so that some hundreds of
// entities cost a few kilobytes and no parsing.
//
//   header   tick, paused (0 or 1), width, height, count
//   entity   id, kind (its place in KINDS), x, y, heading, size, held (0 or 1)
//
// Little endian on every machine. A float holds whole numbers exactly up to 2^24: ticks of three
// days, after which the page's tick would stick; nothing else depends on it.
import { TielineError } from 'tieline'
import { KINDS, type Kind } from '../scene/entity.js'

const HEADER = 5
const PER_ENTITY = 7
const BYTES = 4

/** What a page sees of an entity. */
export interface Sprite {
  readonly id: number
  readonly kind: Kind
  readonly x: number
  readonly y: number
  readonly heading: number
  readonly size: number
  readonly held: boolean
}

export interface Frame {
  readonly tick: number
  readonly paused: boolean
  readonly width: number
  readonly height: number
  readonly sprites: readonly Sprite[]
}

/** What a frame is made of: a scene fits. */
export interface FrameSource {
  readonly tick: number
  readonly paused: boolean
  readonly bounds: { readonly width: number; readonly height: number }
  readonly size: number
  entities(): Iterable<Sprite>
}

export function encodeFrame(source: FrameSource): Uint8Array {
  const bytes = new Uint8Array((HEADER + source.size * PER_ENTITY) * BYTES)
  const view = new DataView(bytes.buffer)
  let at = 0
  const put = (value: number) => {
    view.setFloat32(at, value, true)
    at += BYTES
  }
  put(source.tick)
  put(source.paused ? 1 : 0)
  put(source.bounds.width)
  put(source.bounds.height)
  put(source.size)
  for (const { id, kind, x, y, heading, size, held } of source.entities()) {
    put(id)
    put(KINDS.indexOf(kind))
    put(x)
    put(y)
    put(heading)
    put(size)
    put(held ? 1 : 0)
  }
  return bytes
}

/** Throws `malformed` for bytes that are no frame: a length that does not fit, a kind that is none. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.byteLength < HEADER * BYTES) throw malformed(`${bytes.byteLength} bytes are no header`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = () => {
    const value = view.getFloat32(at, true)
    at += BYTES
    return value
  }
  const [tick, paused, width, height, count] = [take(), take() !== 0, take(), take(), take()]
  const wanted = (HEADER + count * PER_ENTITY) * BYTES
  if (bytes.byteLength !== wanted) {
    throw malformed(`${count} entities in ${bytes.byteLength} bytes, not ${wanted}`)
  }
  const sprites: Sprite[] = []
  for (let i = 0; i < count; i++) {
    const id = take()
    const kind = KINDS[take()]
    if (kind === undefined) throw malformed(`entity ${id} is of no kind`)
    const [x, y, heading, size] = [take(), take(), take(), take()]
    sprites.push({ id, kind, x, y, heading, size, held: take() !== 0 })
  }
  return { tick, paused, width, height, sprites }
}

function malformed(why: string): TielineError {
  return new TielineError('malformed', `frame of the scene: ${why}`, { origin: 'protocol' })
}
