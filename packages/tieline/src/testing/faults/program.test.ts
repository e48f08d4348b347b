import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { endPrograms, keepRunning, Program } from './program.js'

const directory = mkdtempSync(join(tmpdir(), 'tieline-program-'))
afterEach(endPrograms)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a program', () => {
  it('ends by itself, and its lines can be waited for', async () => {
    const program = new Program(`console.log('ready ' + process.argv[1])`, { args: ['now'] })
    expect(await program.line('ready')).toBe('now')
    expect(await program.exit).toEqual({ code: 0, signal: null })
    await expect(program.line('more')).rejects.toThrow("it ended without saying 'more'")
  })

  it('is killed at a point that has a name, at the time that was asked for', async () => {
    const code = `
      import { writeSync } from 'node:fs'
      for (let i = 0; i < 5; i++) { writeSync(1, i + '\\n'); killPoint('turn') }
    `
    const program = new Program(code, { killAt: 'turn:3' })
    expect(await program.exit).toEqual({ code: null, signal: 'SIGKILL' })
    expect(program.lines).toEqual(['0', '1', '2'])
    expect((await new Program(code).exit).code).toBe(0)
  })

  it('is killed before or after a function of an object', async () => {
    const path = join(directory, 'x')
    const code = `
      import * as fs from 'node:fs'
      const files = killPoints({ ...fs })
      files.writeFileSync(process.argv[1], 'one')
      files.writeFileSync(process.argv[1], 'two')
    `
    const left = async (killAt: string) => {
      await new Program(code, { args: [path], killAt }).exit
      return readFileSync(path, 'utf8')
    }
    expect(await left('writeFileSync:after')).toBe('one')
    expect(await left('writeFileSync:before:2')).toBe('one')
    expect(await left('writeFileSync:after:2')).toBe('two')
  })

  it('is run again whenever it was killed, until it ends by itself', async () => {
    const log = join(directory, 'log')
    const code = `
      import { appendFileSync, readFileSync } from 'node:fs'
      appendFileSync(process.argv[1], '.')
      if (readFileSync(process.argv[1], 'utf8').length < 3) process.kill(process.pid, 'SIGKILL')
    `
    await keepRunning(code, { args: [log] }).ended
    expect(readFileSync(log, 'utf8')).toBe('...')
  })
})
