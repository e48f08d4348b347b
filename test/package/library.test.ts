// `tieline` as npm gives it to its users: from plain JavaScript, from TypeScript in both ways of finding
// modules, and no larger than it says.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyInto, emptyProject, install, type Packed, provide, run, tsc } from './install.js'

/**
 * Bytes. What a change may cost before somebody has to decide that it is worth it. Of the unpacked ones a
 * quarter are the command once more and a fifth the library, in the few files that Node starts sooner:
 * 50 ms instead of 170 until a program has the library.
 */
const PACKED_BYTES = 600_000
const UNPACKED_BYTES = 2_250_000

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

  it('gives Node few files, with the same in them', () => {
    const script = `
      import { readFileSync } from 'node:fs'
      const { exports } = JSON.parse(readFileSync('node_modules/tieline/package.json', 'utf8'))
      const faults = []
      for (const [path, files] of Object.entries(exports)) {
        // What that needs is not installed here.
        if (path === './testing') continue
        const name = 'tieline' + path.slice(1)
        const bundled = import.meta.resolve(name)
        if (!bundled.endsWith(files.node.slice(1))) faults.push(bundled)
        const few = Object.keys(await import(name)).sort()
        const many = Object.keys(await import(new URL(files.default, new URL('node_modules/tieline/', 'file://' + process.cwd() + '/')))).sort()
        if (String(few) !== String(many)) faults.push(name, few, many)
      }
      const [all, dialect] = [await import('tieline'), await import('tieline/dialect')]
      if (all.native !== dialect.native) faults.push('two copies of native')
      console.log(JSON.stringify(faults))
    `
    const args = ['--input-type=module', '-e', script]
    expect(run(process.execPath, args, { cwd: project })).toBe('[]\n')
    const bundled = packed.files.filter((path) => path.startsWith('dist/node/'))
    expect(bundled.length).toBeGreaterThan(10)
    expect(bundled.length).toBeLessThan(60)
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
