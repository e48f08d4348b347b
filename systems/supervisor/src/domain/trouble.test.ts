// What the file system may refuse, as on a full disk: told in words, and never in the way of an end.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Supervised } from '../testing/supervised.js'

/** Nothing can be kept there any more: as root, no mode would forbid it. */
function block(test: Supervised, name: string): void {
  rmSync(join(test.directory, name), { recursive: true, force: true })
  writeFileSync(join(test.directory, name), '')
}

it('ends an app whose state cannot be kept, and says so', async () => {
  await using test = await Supervised.open()
  await test.start({ command: 'sleep', args: ['60'] })
  block(test, 'apps')
  await test.supervisor.stop('app')
  expect(test.processes).toEqual([])
  expect(test.supervisor.status('app').state).toBe('stopped')
  expect(test.log.join()).toContain('app: its state cannot be kept on disk')
  await expect(test.supervisor.delete('app')).resolves.toBe('app')
})

it('starts no app whose state cannot be kept, and leaves no half of a file', async () => {
  await using test = await Supervised.open()
  mkdirSync(join(test.directory, 'apps', 'app.json'))
  await expect(test.start({ command: 'sleep', args: ['60'] })).rejects.toMatchObject({
    code: 'start-failed',
    message: expect.stringContaining('Failed to start app app: EISDIR'),
  })
  expect(test.processes).toEqual([])
  expect(readdirSync(join(test.directory, 'apps'))).toEqual(['app.json'])
})

it('starts no app whose output cannot be kept', async () => {
  await using test = await Supervised.open()
  block(test, 'output')
  await expect(test.start({ command: 'sleep', args: ['60'] })).rejects.toMatchObject({
    code: 'start-failed',
  })
  expect(test.supervisor.list()).toEqual([])
})

it('says what is wrong with the list of apps', async () => {
  await using test = await Supervised.open()
  const failed = {
    code: 'list-failed',
    message: expect.stringContaining('The list of apps cannot'),
  }
  writeFileSync(join(test.directory, 'saved.json'), '{"apps": [')
  await expect(test.supervisor.resurrect()).rejects.toMatchObject(failed)
  rmSync(join(test.directory, 'saved.json'))
  mkdirSync(join(test.directory, 'saved.json'))
  expect(() => test.supervisor.save()).toThrow(expect.objectContaining(failed))
})
