import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { atEnd, ownFolder } from './at-end.js'
import { Command, isAlive, run } from './command.js'

const node = (program: string) => new Command(process.execPath, ['-e', program])

test('a command that runs to its end tells its code and what it said', async () => {
  const program =
    'console.log(process.env.HERE, process.env.HOME); console.error(2); process.exit(3)'
  const env = { HERE: '1', HOME: undefined }
  const ended = await run(process.execPath, ['-e', program], { env })
  expect(ended).toEqual({ code: 3, out: '1 undefined\n', err: '2\n' })
})

test('a wait is over when the line is whole, and has what the pattern found', async () => {
  const command = node(`
    process.stdout.write('at http://here:1')
    setTimeout(() => console.log('23/'), 50)
    setInterval(() => {}, 1000)
  `)
  expect([...(await command.said(/at (http:\S+)/))]).toEqual([
    'at http://here:123/',
    'http://here:123/',
  ])
  expect(await command.end('SIGTERM')).toMatchObject({ code: 'SIGTERM' })
})

test('a wait for what is never said fails with all that was said', async () => {
  const command = node('console.log("one"); console.error("two")')
  await expect(command.said('three')).rejects.toThrow(
    /without saying three\nstdout:\none\n\nstderr:\ntwo/,
  )
})

test('a program that is not there is an error', async () => {
  await expect(run('/no/such/program', [])).rejects.toMatchObject({ code: 'ENOENT' })
})

let left: { pid: number; folder: string }
let asked: string[] = []
test('what a test leaves behind', async () => {
  atEnd(() => asked.push('first'))
  atEnd(() => asked.push('second'))
  const folder = ownFolder()
  writeFileSync(join(folder, 'file'), '')
  const command = node('console.log("here"); setInterval(() => {}, 1000)')
  await command.said('here')
  left = { pid: command.pid, folder }
  expect([isAlive(left.pid), existsSync(folder)]).toEqual([true, true])
})

test('is gone when the next one begins, in the order opposite to how it came', () => {
  expect(asked).toEqual(['second', 'first'])
  expect([isAlive(left.pid), existsSync(left.folder)]).toEqual([false, false])
  asked = []
})

const ofFile = ownFolder()
test('what is begun outside of a test lasts until the file is over', () => {
  expect(existsSync(ofFile)).toBe(true)
})
afterAll(() => expect(existsSync(ofFile)).toBe(true))
