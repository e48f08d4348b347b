import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { machine } from './system.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tl-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('makes a directory with its parents, and leaves one that is there', () => {
  const path = join(folder, 'a', 'b', 'c')
  for (let n = 0; n < 2; n++) machine.makeDirectory(path, 0o700)
  expect(statSync(path).isDirectory()).toBe(true)
})

it('tells what is in the way', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => machine.makeDirectory(file, 0o700)).toThrow('EEXIST')
  expect(() => machine.makeDirectory(join(file, 'a'), 0o700)).toThrow('ENOTDIR')
})

it.runIf(process.platform === 'linux')('gives up where nothing can be made', () => {
  expect(() => machine.makeDirectory('/proc/tieline/a', 0o700)).toThrow('ENOENT')
})
