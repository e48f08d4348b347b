import { expect, it } from 'vitest'
import { VirtualDisplay } from '../devices/virtual-display.js'
import { noTexts, Status } from '../domain/types.js'
import { Terminal, type TerminalOptions } from './terminal.js'

/** A display, a screen that keeps what is written, and a clock turned by hand. */
function bench(mode: TerminalOptions['mode'] = 'live') {
  const written: string[] = []
  const size = { columns: 40, rows: 20 }
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  let terminal: Terminal | undefined
  const display = new VirtualDisplay({
    serialNumber: 'x',
    now: () => now,
    changed: () => terminal?.draw(),
  })
  terminal = new Terminal(display, {
    mode,
    colour: false,
    unicode: true,
    name: 'Kitchen',
    screen: {
      write: (text) => written.push(text),
      columns: () => size.columns,
      rows: () => size.rows,
    },
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) }
    },
  })
  const turn = (ms: number) => {
    for (const end = now + ms; ; ) {
      const due = timers.toSorted((a, b) => a.at - b.at)[0]
      if (!due || due.at > end) {
        now = end
        return
      }
      now = due.at
      timers = timers.filter((other) => other !== due)
      due.run()
    }
  }
  const take = () => written.splice(0).join('')
  return { display, terminal, size, turn, take, timers: () => timers.length }
}

const playing = {
  status: Status.Playing,
  timeline: { positionMs: 0, updateUnixMs: 0, durationMs: 60_000, rate: 1 },
  texts: { ...noTexts, title: 'T' },
}

it('draws at once, hides the cursor, and gives it back at the end', () => {
  const { terminal, take } = bench()
  const first = take()
  expect(first.startsWith('\x1b[?25l\x1b[J╭─ Kitchen ')).toBe(true)
  expect(first.split('\n')).toHaveLength(10)
  terminal.close()
  terminal.close()
  terminal.draw()
  expect(take()).toBe('\x1b[?25h')
})

it('writes only the lines that changed, over themselves', () => {
  const { display, take } = bench()
  take()
  display.apply(playing)
  take()
  display.apply({ texts: { title: 'U' } })
  expect(take()).toBe(`\x1b[7F│  ${'U'.padEnd(34)}  │\x1b[7E`)
  display.apply({ texts: { title: 'U' } })
  expect(take()).toBe('')
})

it('runs by itself while a track plays, and sleeps while none does', () => {
  const { display, turn, take, timers } = bench()
  expect(timers()).toBe(0)
  display.apply(playing)
  take()
  turn(10_000)
  expect(take()).toContain('0:10 ━━━━─')
  display.apply({ status: Status.Paused })
  expect(timers()).toBe(0)
  display.apply({ status: Status.Playing })
  turn(120_000)
  expect(take()).toContain('1:00 ━━━━━━━━━━━━━━━━━━━━━━━━ 1:00')
  expect(timers()).toBe(0)
})

it('draws no more often than every 50 ms, however fast the bar moves', () => {
  const { display, turn, take } = bench()
  display.apply({
    ...playing,
    timeline: { ...playing.timeline, rate: 1000, durationMs: 6_000_000 },
  })
  take()
  turn(1000)
  expect(take().match(/━|╸/g)?.length).toBeGreaterThan(0)
  turn(1000)
  expect(take().split('\x1b[3F').length).toBeLessThanOrEqual(21)
})

it('draws everything anew when the width changes', () => {
  const { terminal, size, take } = bench()
  take()
  size.columns = 60
  terminal.draw()
  expect(take().startsWith('\x1b[9F\x1b[J╭─ Kitchen ')).toBe(true)
  size.columns = 30
  terminal.draw()
  // Each old line of 60 columns is two rows now.
  expect(take().startsWith('\x1b[18F\x1b[J╭')).toBe(true)
  size.rows = 6
  terminal.draw()
  expect(take().split('\n')).toHaveLength(4)
})

it('writes a note above what is drawn', () => {
  const { terminal, take } = bench()
  take()
  terminal.note('lost the driver')
  expect(take().startsWith('\x1b[9F\x1b[Jlost the driver\n\x1b[J╭─ Kitchen ')).toBe(true)
  terminal.drawAnew()
  expect(take().startsWith('\x1b[?25l\x1b[J╭─ Kitchen ')).toBe(true)
  terminal.close()
  terminal.note('too late')
  terminal.drawAnew()
  expect(take()).toBe('\x1b[?25h')
})

it('writes one line per change where there is no terminal to draw on', () => {
  const { display, turn, take, timers } = bench('log')
  expect(take()).toBe('nothing is playing\n')
  display.apply(playing)
  turn(5000)
  expect(timers()).toBe(0)
  display.apply({ status: Status.Paused })
  display.apply({ queue: { title: 'next' } })
  expect(take()).toBe('playing  T  0:00/1:00\npaused  T  0:05/1:00\n')
})
