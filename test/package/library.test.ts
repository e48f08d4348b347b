// `tieline` as npm gives it to its users: from plain JavaScript, from TypeScript in both ways of finding
// modules, and no larger than it says.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyInto, emptyProject, install, type Packed, provide, run, tsc } from './install.js'

/**
 * Bytes. What a change may cost before somebody has to decide that it is worth it. A third of the unpacked
 * ones are the command once more, in the few files that Node starts sooner.
 */
const PACKED_BYTES = 480_000
const UNPACKED_BYTES = 1_700_000

describe('the package tieline, in an empty project', () => {
  let project: string
  let packed: Packed

  beforeAll(() => {
    project = emptyProject()
    packed = install(project, 'packages/tieline')
    provide(project, 'zod')
    provide(project, '@types/node')
    provide(project, 'undici-types')
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    copyInto(project, 'project')
  }, 60_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('runs nothing when it is installed', () => {
    const { scripts = {} } = packed.manifest
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([])
  })

  it('has its code and declarations in it, and neither tests nor sources', () => {
    expect(
      packed.files.filter((path) => /\.test\.|\.ts$/.test(path) && !path.endsWith('.d.ts')),
    ).toEqual([])
    expect(packed.files).toContain('dist/src/index.js')
    expect(packed.files).toContain('dist/src/index.d.ts')
    expect(packed.files).toContain('LICENSE')
    expect(packed.files).toContain('README.md')
  })

  it('is of a size that was decided', () => {
    const { size, unpackedSize } = packed
    process.stdout.write(`tieline: ${size} bytes packed, ${unpackedSize} unpacked\n`)
    expect(size).toBeLessThan(PACKED_BYTES)
    expect(unpackedSize).toBeLessThan(UNPACKED_BYTES)
  })

  it('serves and calls from plain JavaScript', () => {
    expect(run(process.execPath, ['plain.js'], { cwd: project })).toBe('Hello Ada\n')
  })

  it.each([
    ['node16', ['--module', 'node16', '--moduleResolution', 'node16']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
  ])('is typed for %s resolution, with every declaration checked', (_, how) => {
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
    const lib = ['--target', 'es2022', '--lib', 'es2024,esnext.disposable', '--types', 'node']
    const args = [tsc, '--noEmit', '--ignoreConfig', ...how, ...strict, ...lib, 'typed.ts']
    expect(run(process.execPath, args, { cwd: project })).toBe('')
  })

  it('has its command', () => {
    const bin = join(project, 'node_modules/tieline/bin/tieline.cjs')
    expect(run(process.execPath, [bin, '--help'], { cwd: project })).toContain(
      'tieline call ENDPOINT',
    )
  })
})
