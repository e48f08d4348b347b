// The example as its README tells it: the built program, the plug-in in plain Python.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { frontend } from '@tieline/file-channel'
import { expect, it } from 'vitest'
import { python } from '../../../test/support/peer.js'

const python3 = python()
const script = join(import.meta.dirname, '../plugin.py')

it.skipIf(!python3.available)('renders a picture and shows how far it is', () => {
  const program = join(import.meta.dirname, '../dist/src/main.js')
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, expect.stringContaining('rendering: 100 %')])
  expect(stdout.split('\n')).toHaveLength(31)
})

it.skipIf(!python3.available)(
  'a plug-in started again neither loses nor repeats a request',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tieline-plugin-'))
    const channel = await frontend(directory)
    const start = () => spawn(python3.path, [script, directory], { stdio: 'inherit' })
    let plugin = start()
    try {
      expect(await channel.request('get_info')).toMatchObject({ program: 'plugin.py' })
      plugin.kill('SIGKILL')
      const id = await channel.sendRequest('render', { width: 2, height: 2 })
      plugin = start()
      expect((await channel.waitResponse(id)).payload).toMatchObject({ points: 4 })
      await expect(channel.request('render', { width: 0, height: 1 })).rejects.toMatchObject({
        message: 'ValueError: width and height are from 1 to 500',
      })
      const left = await channel.recv()
      expect(left.filter(({ type }) => type === 'response')).toEqual([])
    } finally {
      plugin.kill('SIGKILL')
      await channel.close()
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
