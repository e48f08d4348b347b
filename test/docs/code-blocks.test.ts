// Every code block of the README and of the pages under docs is compiled with strict types and run.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownFolder } from '../support/at-end.js'
import { run } from '../support/command.js'
import { type DocumentedProgram, programsOf } from './programs.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Written by a tool from comments that are checked where they stand. */
const GENERATED = ['docs/reference.md']

const pages = [
  'README.md',
  'packages/tieline/README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((page) => page.endsWith('.md') && !GENERATED.includes(page))

const programs = pages.flatMap((page) => programsOf(page, readFileSync(join(root, page), 'utf8')))

interface Placed extends DocumentedProgram {
  readonly folder: string
}

/** Inside the repository: that is where the packages are found by their names. */
const build = join(root, 'test/docs/dist')
let placed: Placed[] = []
let faults = ''
/** Of this run: another one may be under way. */
let project = ''

beforeAll(() => {
  mkdirSync(build, { recursive: true })
  project = mkdtempSync(join(build, 'programs-'))
  placed = programs.map((program, at) => {
    const folder = join(project, `${at}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'main.ts'), program.source)
    for (const [name, text] of program.files) writeFileSync(join(folder, name), text)
    return { ...program, folder }
  })
  const options = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2024', 'dom', 'dom.iterable', 'esnext.disposable'],
    types: ['node'],
    skipLibCheck: true,
    allowJs: true,
    rootDir: project,
    outDir: join(project, 'run'),
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, include: ['*/*'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    cwd: project,
    encoding: 'utf8',
  })
  // Named as the page names them, not as the folder that is gone when they are read.
  faults = stdout.replace(/^(\d+)\/main\.ts/gm, (_, at) => placed[Number(at)]?.where ?? at)
}, 60_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('the documentation', () => {
  it('has pages with code', () => {
    expect(programs.length).toBeGreaterThan(5)
  })

  it('compiles', () => {
    expect(faults).toBe('')
  })

  it.each(programs.map(({ where }, at) => [where, at] as const))('runs: %s', async (_, at) => {
    const { folder, folders } = placed[at] as Placed
    const built = join(folder, '..', 'run', `${at}`, 'main.js')
    const home = ownFolder()
    // The reader's folders, and nothing of this machine's: endpoints, daemons, files.
    for (const name of folders) {
      mkdirSync(join(home, name), { recursive: true, mode: 0o700 })
      writeFileSync(built, readFileSync(built, 'utf8').replaceAll(name, join(home, name)))
    }
    const env = { XDG_RUNTIME_DIR: home, HOME: home, TMPDIR: home }
    const { code, err } = await run(process.execPath, [built], { env, cwd: home })
    expect([code, err]).toEqual([0, ''])
  })
})
