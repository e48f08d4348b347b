import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { ownFolder } from '../../../../test/support/at-end.js'
import { tokenFile } from './token-file.js'

let directory: string
beforeEach(() => {
  directory = ownFolder()
})

it('makes a token that only its owner can read, and keeps it', () => {
  const path = join(directory, 'new/token')
  const token = tokenFile(path)
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700)
  expect(tokenFile(path)).toBe(token)
})

it('reads what somebody wrote there', () => {
  const path = join(directory, 'token')
  writeFileSync(path, '  mine\n', { mode: 0o600 })
  expect(tokenFile(path)).toBe('mine')
})

it('refuses a file that others can read, an empty one, and a directory', () => {
  const path = join(directory, 'token')
  writeFileSync(path, 'mine')
  chmodSync(path, 0o644)
  expect(() => tokenFile(path)).toThrow(expect.objectContaining({ code: 'permission-denied' }))
  chmodSync(path, 0o600)
  writeFileSync(path, '\n')
  expect(() => tokenFile(path)).toThrow(/is empty/)
  expect(() => tokenFile(directory)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('mine') }),
  )
})
