import {
  chmodSync,
  chownSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeOwnDirectory } from './own-directory.js'

const folder = mkdtempSync(join(tmpdir(), 'superctl-own-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('makes the directory for its user alone, and takes one that is there', () => {
  const path = join(folder, 'a/b')
  makeOwnDirectory(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  makeOwnDirectory(path)
  symlinkSync(path, join(folder, 'link'))
  makeOwnDirectory(join(folder, 'link'))
})

it('refuses one that others can write to', () => {
  const path = mkdtempSync(join(folder, 'x-'))
  for (const mode of [0o720, 0o777, 0o1777]) {
    chmodSync(path, mode)
    const message = `others can write to ${path} (mode ${mode.toString(8).padStart(4, '0')})`
    expect(() => makeOwnDirectory(path)).toThrow(message)
  }
  chmodSync(path, 0o755)
  makeOwnDirectory(path)
})

it.skipIf(process.geteuid?.() !== 0)('refuses one of another user (root alone can make it)', () => {
  const path = mkdtempSync(join(folder, 'x-'))
  chownSync(path, 65_534, 65_534)
  expect(() => makeOwnDirectory(path)).toThrow('belongs to uid 65534, not 0')
})

it('refuses one that cannot be made, and says why', () => {
  const path = join(folder, 'file')
  writeFileSync(path, '')
  for (const each of [path, join(path, 'below')]) {
    const message = `the daemon's state cannot be kept in ${each}: E`
    expect(() => makeOwnDirectory(each)).toThrow(message)
  }
})
