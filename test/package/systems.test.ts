// Each system as npm gives it: installed beside the library, nothing of this repository in reach.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyProject, install, type Packed, run } from './install.js'

const folder = fileURLToPath(new URL('../../systems', import.meta.url))

describe.each(readdirSync(folder))('the package of the %s', (system) => {
  let project: string
  let packed: Packed

  beforeAll(() => {
    project = emptyProject()
    install(project, 'packages/tieline')
    packed = install(project, `systems/${system}`)
  }, 60_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('runs nothing when it is installed, and says what it is', () => {
    const { scripts = {} } = packed.manifest
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([])
    expect(packed.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md']))
    expect(packed.files.filter((path) => path.includes('.test.'))).toEqual([])
  })

  it('has a command that tells of itself', () => {
    const bins = Object.values(packed.manifest.bin ?? {})
    expect(bins).not.toEqual([])
    for (const bin of bins) {
      const path = join(project, 'node_modules', packed.manifest.name, bin)
      expect(run(process.execPath, [path, '--help'], { cwd: project })).toContain('--help')
      expect(run(process.execPath, [path, '--version'], { cwd: project })).toMatch(/\d+\.\d+\.\d+/)
    }
  })

  it('can be imported', () => {
    const load = `import(${JSON.stringify(packed.manifest.name)}).then((all) => console.log(Object.keys(all).length))`
    const count = run(process.execPath, ['--input-type=module', '-e', load], { cwd: project })
    expect(Number(count)).toBeGreaterThan(0)
  })
})
