import { isAbsolute } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { peer, python } from './peer.js'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('finds a program in PATH and says where it is', () => {
  const node = peer('node', 'nodejs.org')
  expect(node.available).toBe(true)
  expect(isAbsolute(node.path)).toBe(true)
})

test('a missing program is said, and is not available', () => {
  vi.stubEnv('CI', '')
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(peer('no-such-program', 'nowhere').available).toBe(false)
  expect(written).toHaveBeenCalledWith('skipped: no-such-program is missing (nowhere)\n')
})

test('a missing program is an error where CI is set', () => {
  vi.stubEnv('CI', 'true')
  expect(() => peer('no-such-program', 'nowhere')).toThrow('no-such-program is missing (nowhere)')
  expect(() => python('no_such_module')).toThrow('/usr/bin/python3')
})
