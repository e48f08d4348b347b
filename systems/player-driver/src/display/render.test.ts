import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Shown, shownAt } from '../devices/virtual-display.js'
import { clearedDevice } from '../domain/device-state.js'
import { noTexts, Status } from '../domain/types.js'
import { nextChange, oneLine, render, timeText } from './render.js'
import { columns } from './text.js'

const song: Shown = {
  status: Status.Playing,
  texts: {
    title: 'Verbindungsaufbau (Ärger mit der Tür)',
    artist: '青い配線',
    album: 'Händeschütteln',
    genre: 'Rock',
  },
  queue: { ...noTexts, title: 'Backpressure 🌊', artist: 'Slow Reader' },
  positionMs: 83_000,
  durationMs: 355_000,
  rate: 1,
}
const cleared = shownAt(clearedDevice, 0)
const plain = { colour: false, unicode: true, name: 'Kitchen' }

function drawn(shown: Shown, options: Partial<Parameters<typeof render>[1]> = {}): string {
  return `\n${render(shown, { ...plain, width: 60, ...options }).join('\n')}\n`
}

describe('a playing track', () => {
  it('on 80 columns', () => {
    expect(drawn(song, { width: 80 })).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ──────────────────────────────────────────────────────── ▶ playing ─╮
      │                                                                              │
      │  Verbindungsaufbau (Ärger mit der Tür)                                       │
      │  青い配線                                                                    │
      │  Händeschütteln · Rock                                                       │
      │                                                                              │
      │  1:23 ━━━━━━━━━━━━━━╸───────────────────────────────────────────────── 5:55  │
      │  next: Backpressure 🌊 · Slow Reader                                         │
      ╰──────────────────────────────────────────────────────────────────────────────╯
      "
    `)
  })
  it('on 40 columns', () => {
    expect(drawn(song, { width: 40 })).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ──────────────── ▶ playing ─╮
      │                                      │
      │  Verbindungsaufbau (Ärger mit der…   │
      │  青い配線                            │
      │  Händeschütteln · Rock               │
      │                                      │
      │  1:23 ━━━━━╸────────────────── 5:55  │
      │  next: Backpressure 🌊 · Slow Read…  │
      ╰──────────────────────────────────────╯
      "
    `)
  })
  it('on 120 columns, of which it takes 100', () => {
    expect(drawn(song, { width: 120 })).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ──────────────────────────────────────────────────────────────────────────── ▶ playing ─╮                    
      │                                                                                                  │                    
      │  Verbindungsaufbau (Ärger mit der Tür)                                                           │                    
      │  青い配線                                                                                        │                    
      │  Händeschütteln · Rock                                                                           │                    
      │                                                                                                  │                    
      │  1:23 ━━━━━━━━━━━━━━━━━━━╸──────────────────────────────────────────────────────────────── 5:55  │                    
      │  next: Backpressure 🌊 · Slow Reader                                                             │                    
      ╰──────────────────────────────────────────────────────────────────────────────────────────────────╯                    
      "
    `)
  })
  it('on 20 columns, without a frame', () => {
    expect(drawn(song, { width: 20 })).toMatchInlineSnapshot(`
      "
      Verbindungsaufbau (…
      青い配線            
      ▶ 1:23/5:55         
      "
    `)
  })
  it('in few rows, without a frame', () => {
    expect(drawn(song, { height: 8 })).toBe(drawn(song, { height: 3 }))
    expect(render(song, { ...plain, width: 60, height: 8 })).toHaveLength(3)
    expect(render(song, { ...plain, width: 60, height: 9 })).toHaveLength(9)
  })
  it('in ASCII', () => {
    expect(drawn(song, { unicode: false })).toMatchInlineSnapshot(`
      "
      +- Kitchen ------------------------------------ > playing -+
      |                                                          |
      |  Verbindungsaufbau (Arger mit der Tur)                   |
      |  ????                                                    |
      |  Handeschutteln - Rock                                   |
      |                                                          |
      |  1:23 ==========---------------------------------- 5:55  |
      |  next: Backpressure ? - Slow Reader                      |
      +----------------------------------------------------------+
      "
    `)
  })
  it('in colours', () => {
    expect(
      JSON.stringify(render(song, { ...plain, width: 40, colour: true }), null, 1),
    ).toMatchInlineSnapshot(`
      "[
       "\\u001b[2m╭─ Kitchen ────────────────\\u001b[0m \\u001b[32m▶ playing\\u001b[0m\\u001b[2m ─╮\\u001b[0m",
       "\\u001b[2m│\\u001b[0m                                      \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m  \\u001b[1mVerbindungsaufbau (Ärger mit der… \\u001b[0m  \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m  青い配線                            \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m  \\u001b[2mHändeschütteln · Rock             \\u001b[0m  \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m                                      \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m  1:23 \\u001b[36m━━━━━╸\\u001b[0m\\u001b[2m──────────────────\\u001b[0m 5:55  \\u001b[2m│\\u001b[0m",
       "\\u001b[2m│\\u001b[0m  \\u001b[2mnext: Backpressure 🌊 · Slow Read…\\u001b[0m  \\u001b[2m│\\u001b[0m",
       "\\u001b[2m╰──────────────────────────────────────╯\\u001b[0m"
      ]"
    `)
  })
})

describe('other states', () => {
  it('nothing to play', () => {
    expect(drawn(cleared)).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ─────────────────────────────────────── ○ idle ─╮
      │                                                          │
      │  Nothing is playing                                      │
      │                                                          │
      │                                                          │
      │                                                          │
      │                                                          │
      │                                                          │
      ╰──────────────────────────────────────────────────────────╯
      "
    `)
  })
  it('paused, without album and next', () => {
    const paused = { ...song, status: Status.Paused, rate: 0, queue: noTexts }
    expect(
      drawn({ ...paused, texts: { ...noTexts, title: 'T', artist: 'A' } }),
    ).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ──────────────────────────────────── ❚❚ paused ─╮
      │                                                          │
      │  T                                                       │
      │  A                                                       │
      │                                                          │
      │                                                          │
      │  1:23 ━━━━━━━━━━────────────────────────────────── 5:55  │
      │                                                          │
      ╰──────────────────────────────────────────────────────────╯
      "
    `)
  })
  it('a station: no duration, no artist, faster', () => {
    const station = { ...song, durationMs: null, positionMs: 3_723_000, rate: 1.25, queue: noTexts }
    expect(drawn({ ...station, texts: { ...noTexts, title: 'Radio' } })).toMatchInlineSnapshot(`
      "
      ╭─ Kitchen ────────────────────────────── ▶ playing ×1.25 ─╮
      │                                                          │
      │  Radio                                                   │
      │                                                          │
      │                                                          │
      │                                                          │
      │  1:02:03 ────────────────────────────────────── --:--    │
      │                                                          │
      ╰──────────────────────────────────────────────────────────╯
      "
    `)
  })
  it.each(Object.entries(Status))('%s has a mark of its own', (name, status) => {
    for (const unicode of [true, false]) {
      const shown = { ...song, status, rate: 0 }
      expect(drawn(shown, { unicode })).toContain(`${name.toLowerCase()} `)
    }
  })
})

it('shows a hostile title as text', () => {
  const texts = {
    ...noTexts,
    title: '\x1b]0;owned\x07\x1b[2J\x1b[HGotcha\r\nline\u202e',
    artist: '\0',
  }
  const lines = render({ ...song, texts, queue: texts }, { ...plain, width: 60 })
  expect(lines[2]).toBe(`│  ${'Gotcha line'.padEnd(54)}  │`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  expect(lines.join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
})

it('moves the bar from empty to full and never past', () => {
  const bar = (positionMs: number) =>
    render({ ...song, positionMs, durationMs: 100_000 }, { ...plain, width: 36 })[6]
  expect([0, 2500, 50_000, 99_999, 100_000, 200_000].map(bar)).toEqual([
    '│  0:00 ──────────────────── 1:40  │',
    '│  0:02 ╸─────────────────── 1:40  │',
    '│  0:50 ━━━━━━━━━━────────── 1:40  │',
    '│  1:39 ━━━━━━━━━━━━━━━━━━━╸ 1:40  │',
    '│  1:40 ━━━━━━━━━━━━━━━━━━━━ 1:40  │',
    '│  3:20 ━━━━━━━━━━━━━━━━━━━━ 1:40  │',
  ])
})

const anyText = fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }))
const anyShown: fc.Arbitrary<Shown> = fc.record({
  status: fc.constantFrom(...Object.values(Status)),
  texts: fc.record({ title: anyText, artist: anyText, album: anyText, genre: anyText }),
  queue: fc.record({ title: anyText, artist: anyText, album: anyText, genre: anyText }),
  positionMs: fc.option(fc.nat(20_000_000)),
  durationMs: fc.option(fc.integer({ min: 1, max: 20_000_000 })),
  rate: fc.constantFrom(0, 1, 0.5, 2, -1),
})

it('draws every line exactly as wide as the terminal, at any width', () => {
  fc.assert(
    fc.property(
      anyShown,
      fc.integer({ min: 1, max: 130 }),
      fc.boolean(),
      (shown, width, unicode) => {
        const lines = render(shown, { ...plain, unicode, width })
        expect(lines).toHaveLength(width < 28 ? 3 : 9)
        for (const line of lines) expect(columns(line)).toBe(width)
        if (!unicode) expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/)
      },
    ),
  )
})

it('draws the same until the next change, and something else at it', () => {
  const running = anyShown.filter((shown) => shown.positionMs !== null && shown.rate !== 0)
  fc.assert(
    fc.property(running, fc.integer({ min: 28, max: 130 }), (shown, width) => {
      const start = Math.min(shown.positionMs ?? 0, shown.durationMs ?? Number.POSITIVE_INFINITY)
      const at = (ms: number): Shown => {
        const position = Math.max(0, start + ms * shown.rate)
        return { ...shown, positionMs: Math.min(position, shown.durationMs ?? position) }
      }
      const draw = (ms: number) => render(at(ms), { ...plain, width }).join('\n')
      const next = nextChange(at(0), width)
      if (next === undefined) expect(draw(3_600_000)).toBe(draw(0))
      else expect(draw(next - 1)).toBe(draw(0))
    }),
  )
})

it('changes each second, or with the bar when that is sooner', () => {
  expect(nextChange({ ...song, positionMs: 83_250, durationMs: null }, 80)).toBe(750)
  expect(nextChange({ ...song, positionMs: 83_250, durationMs: null, rate: 2 }, 80)).toBe(375)
  const half = 355_000 / (2 * (80 - 6 - 10))
  expect(nextChange({ ...song, positionMs: 355_000 - half - 10 }, 80)).toBe(10)
  expect(nextChange({ ...song, rate: 0 }, 80)).toBeUndefined()
  expect(nextChange({ ...song, positionMs: 355_000 }, 80)).toBeUndefined()
  expect(nextChange(cleared, 80)).toBeUndefined()
})

it.each([
  [0, '0:00'],
  [999, '0:00'],
  [61_000, '1:01'],
  [3_599_999, '59:59'],
  [3_600_000, '1:00:00'],
  [360_000_000, '100:00:00'],
])('writes %i ms as %s', (ms, text) => {
  expect(timeText(ms)).toBe(text)
})

it('says in one line what is shown', () => {
  expect(oneLine(cleared)).toBe('nothing is playing')
  expect(oneLine(song)).toBe('playing  Verbindungsaufbau (Ärger mit der Tür)  青い配線  1:23/5:55')
  expect(oneLine({ ...cleared, status: Status.Stopped })).toBe('stopped')
})
