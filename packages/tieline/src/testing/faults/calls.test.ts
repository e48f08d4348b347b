import * as fs from 'node:fs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { failingAt } from './calls.js'

const directory = mkdtempSync(join(tmpdir(), 'tieline-faults-'))
afterEach(() => rmSync(join(directory, 'x'), { force: true }))

function counter() {
  const done: string[] = []
  return { done, files: { write: (path: string) => done.push(path), read: (path: string) => path } }
}

describe('a file system that fails', () => {
  it('fails at the nth call and from there on, and counts', async () => {
    const { done, files } = counter()
    const { system, fault } = failingAt(files, { calls: ['write'], at: 1, error: 'ENOSPC' })
    system.write('a')
    expect(() => system.write('b')).toThrow('ENOSPC: on purpose')
    await fault.failed
    expect(() => system.write('c')).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
    expect(system.read('d')).toBe('d')
    expect(done).toEqual(['a'])
    expect(fault).toMatchObject({ calls: 3, failures: 2, broken: true })
  })

  it('fails once, and at the calls that name a file', () => {
    const { done, files } = counter()
    const plan = { calls: ['write'], at: 1, only: 'log', error: 'EIO', once: true } as const
    const { system } = failingAt(files, plan)
    for (const path of ['a', 'log1', 'b']) system.write(path)
    expect(() => system.write('log2')).toThrow('EIO')
    system.write('log3')
    expect(done).toEqual(['a', 'log1', 'b', 'log3'])
  })

  it('fails while it is broken, without a number', () => {
    const { done, files } = counter()
    const { system, fault } = failingAt(files, { calls: ['write'], error: () => new Error('no') })
    expect(() => system.write('a')).toThrow('no')
    fault.broken = false
    system.write('b')
    expect(done).toEqual(['b'])
  })

  for (const [moment, left] of [
    ['before', undefined],
    ['middle', 'ha'],
    ['after', 'half'],
  ] as const) {
    it(`fails ${moment} the write`, () => {
      const path = join(directory, 'x')
      const plan = { calls: ['writeFileSync'], at: 0, moment, error: 'EIO' } as const
      const { system } = failingAt(fs, plan)
      expect(() => system.writeFileSync(path, 'half', 'utf8')).toThrow('EIO')
      expect(fs.existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(left)
    })
  }

  it('rejects where promises are returned', async () => {
    const plan = { calls: ['readFile'], error: 'EACCES', rejects: true } as const
    const { system } = failingAt(fs.promises, plan)
    await expect(system.readFile('x')).rejects.toMatchObject({ code: 'EACCES' })
  })
})
