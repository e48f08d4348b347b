// The example as its README tells it: the built program, the plug-in in Inkscape and in plain Python.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { frontend } from '@tieline/file-channel'
import { describe, expect, it } from 'vitest'
import { atEnd, ownFolder } from '../../../test/support/at-end.js'
import { Command, run } from '../../../test/support/command.js'
import { peer, python } from '../../../test/support/peer.js'

const python3 = python()
const inkscape = peer('inkscape', 'Debian package inkscape')
const program = join(import.meta.dirname, '../dist/src/main.js')
const script = join(import.meta.dirname, '../plugin.py')
const sample = join(import.meta.dirname, '../drawing.svg')

describe('the example', () => {
  it.skipIf(!inkscape.available)(
    'plans a drawing inside Inkscape, its text made into paths',
    async () => {
      const { out, err, code } = await run(process.execPath, [program])
      expect([code, err]).toEqual([0, expect.stringContaining('in Inkscape')])
      expect(err).toContain('planning: 100 %')
      expect(err).not.toContain('passed over')
      expect(out.split('\n').length).toBeGreaterThan(20)
    },
  )

  it.skipIf(!python3.available)(
    'does with plain Python what needs no Inkscape, and says what not',
    async () => {
      const { err, code } = await run(process.execPath, [program, '--python'])
      expect([code, err]).toEqual([0, expect.stringContaining('in a process of its own')])
      expect(err).toContain('passed over: text')
    },
  )
})

describe.skipIf(!python3.available)('the plug-in', () => {
  it('started again neither loses nor repeats a request', async () => {
    const { channel, start } = await plugin(sample)
    const first = start()
    expect(await channel.request('get_info')).toMatchObject({ host: 'nothing' })
    await first.end('SIGKILL')
    const id = await channel.sendRequest('plan', {})
    start()
    expect((await channel.waitResponse(id)).payload).toMatchObject({ skipped: ['text'] })
    await channel.request('finish', {})
    const left = await channel.recv()
    expect(left.filter(({ type }) => type === 'response')).toEqual([])
  })

  it('draws lines, curves, arcs and moved shapes where SVG has them', async () => {
    const { channel, start } = await plugin(
      svg(
        '<path d="M 1 1 h 3 v 3 H 1 Z"/>',
        '<path d="M 10 0 A 5 5 0 0 1 20 0"/>',
        '<path d="M 30 0 C 30 10 40 10 40 0"/>',
        '<g transform="translate(100 50) scale(2)"><line x1="0" y1="0" x2="5" y2="0"/></g>',
      ),
    )
    start()
    const { strokes } = (await channel.request('plan', {})) as { strokes: [number, number][][] }
    const square = [[1, 1], [4, 1], [4, 4], [1, 4], [1, 1]] // biome-ignore format: one line shows it
    expect(strokes[0]).toEqual(square)
    // Half a circle of radius 5, and the middle of a Bézier curve.
    expect(highest(strokes[1])).toEqual([15, -5])
    expect(strokes[2]?.[6]).toEqual([35, 7.5])
    expect(strokes[3]).toEqual([[100, 50], [110, 50]]) // biome-ignore format: one line shows it
  })

  it('answers a drawing that it cannot read with what is wrong', async () => {
    const { channel, start } = await plugin(svg('<path d="M 0 0 R 1 2"/>'))
    start()
    await expect(channel.request('plan', {})).rejects.toMatchObject({
      message: "ValueError: a path has 'R', which is not known",
    })
  })
})

/** A channel to a plug-in that is still to be started, on a drawing's file or text. */
async function plugin(drawing: string) {
  const directory = ownFolder()
  const channel = await frontend(directory)
  atEnd(() => channel.close())
  const file = drawing.startsWith('<') ? join(directory, 'drawing.svg') : drawing
  if (file !== drawing) writeFileSync(file, drawing)
  const env = { TIELINE_MAILBOX: directory }
  const start = () => new Command(python3.path, [script, file], { env })
  return { channel, start }
}

function svg(...shapes: string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg">${shapes.join('')}</svg>`
}

function highest(stroke: [number, number][] = []): [number, number] | undefined {
  return [...stroke].sort((a, b) => a[1] - b[1])[0]
}
