// `npm run fuzz -- NAME… --minutes N`: a coverage-guided search for bytes that a decoder cannot bear.
// Without a name: all targets, one after the other. What is found goes to test/fuzz/corpus/NAME, where
// a test replays it; what was learned on the way stays in node_modules/.cache/fuzz for the next time.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'vite'

const require = createRequire(import.meta.url)
const OLDER_GLIBC = fileURLToPath(new URL('older-glibc.cjs', import.meta.url))
const { preload } = require(OLDER_GLIBC)

const root = fileURLToPath(new URL('..', import.meta.url))
const ENDING = '.fuzz.ts'
const LEFT_OUT = new Set(['node_modules', 'dist'])
/** Bytes of one input. 2 KiB: past every limit that the targets set. */
const LONGEST = 2048

/** What tieline/testing imports for its suites, which no target runs. */
const STUB = `const none = () => {}
export { none as afterAll, none as afterEach, none as beforeAll, none as beforeEach, none as default,
  none as describe, none as expect, none as it, none as onTestFailed, none as onTestFinished,
  none as test, none as vi }`

/** @type {import('vite').Plugin} */
const withoutTestTools = {
  name: 'without-test-tools',
  enforce: 'pre',
  resolveId: (id) => (id === 'vitest' || id === 'fast-check' ? '\0stub' : undefined),
  load: (id) => (id === '\0stub' ? STUB : undefined),
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function targetsBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : targetsBelow(path)
    return entry.name.endsWith(ENDING) ? [path] : []
  })
}

/** @param {string} path */
function nameOf(path) {
  const [, name] = /^export const name = '(.+)'$/m.exec(readFileSync(path, 'utf8')) ?? []
  if (name === undefined) throw new Error(`${path} does not export a name`)
  return name
}

/**
 * One CommonJS file of a target and all it needs: the fuzzer puts its counters into what it loads so.
 * @param {string} entry
 * @param {string} directory
 */
async function bundle(entry, directory) {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    plugins: [withoutTestTools],
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      rollupOptions: {
        output: { format: 'cjs', entryFileNames: 'target.cjs', codeSplitting: false },
      },
    },
  })
  return join(directory, 'target.cjs')
}

/**
 * True when nothing was found.
 * @param {string} entry
 * @param {string} name
 * @param {number} minutes
 */
async function fuzz(entry, name, minutes) {
  const directory = mkdtempSync(join(tmpdir(), 'tieline-fuzz-'))
  try {
    const target = await bundle(entry, directory)
    const { seeds = [] } = require(target)
    const learned = join(root, 'node_modules/.cache/fuzz', name)
    const corpus = join(root, 'test/fuzz/corpus', name)
    const begin = join(directory, 'seeds')
    const found = join(directory, 'found')
    for (const path of [learned, begin, found]) mkdirSync(path, { recursive: true })
    for (const [at, seed] of seeds.entries()) {
      writeFileSync(join(begin, String(at)), Buffer.from(seed, 'latin1'))
    }
    console.log(`fuzz ${name} (${relative(root, entry)}) for ${minutes} min`)
    const jazzer = join(root, 'node_modules/@jazzer.js/core/dist/cli.js')
    const options = [target, learned, begin, '-f', 'target', '-i', 'target.cjs', '--sync']
    const limits = [`-max_total_time=${Math.round(minutes * 60)}`, `-max_len=${LONGEST}`]
    // 60 s: no input of that length takes one, but a busy machine may stand still for some. Memory past
    // 1 GiB is a finding too.
    const findings = [`-artifact_prefix=${found}/`, '-timeout=60', '-rss_limit_mb=1024']
    const fuzzer = [jazzer, ...options, '--', ...limits, ...findings, '-print_final_stats=1']
    const library = preload()
    const args = library === undefined ? fuzzer : ['-r', OLDER_GLIBC, ...fuzzer]
    const env = { ...process.env, ...(library !== undefined && { LD_PRELOAD: library }) }
    const { status, signal } = spawnSync(process.execPath, args, {
      cwd: directory,
      env,
      stdio: 'inherit',
    })
    const files = readdirSync(found)
    for (const file of files) {
      mkdirSync(corpus, { recursive: true })
      copyFileSync(join(found, file), join(corpus, file))
      console.log(`fuzz ${name}: found test/fuzz/corpus/${name}/${file}`)
    }
    if (files.length === 0)
      console.log(`fuzz ${name}: nothing found, ended with ${status ?? signal}`)
    return status === 0 && files.length === 0
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const { values, positionals } = readArguments()
const minutes = Number(values.minutes)
const entries = ['packages', 'systems'].flatMap((parent) => targetsBelow(join(root, parent))).sort()
const targets = new Map(entries.map((entry) => [nameOf(entry), entry]))
const wanted = positionals.length > 0 ? positionals : [...targets.keys()]
const unknown = wanted.find((name) => !targets.has(name))
if (unknown !== undefined || !(minutes > 0)) {
  if (unknown === undefined) console.error(`--minutes must be above 0, not '${values.minutes}'`)
  else console.error(`no target ${unknown}; there are ${[...targets.keys()].join(', ')}`)
  process.exit(2)
}
for (const name of wanted) {
  if (!(await fuzz(targets.get(name) ?? '', name, minutes))) process.exitCode = 1
}

/** A mistake in them is one line, and exit code 2. */
function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { minutes: { type: 'string', default: '1' } },
    })
  } catch (error) {
    const [what] = String(/** @type {Error} */ (error).message).split('. ')
    console.error(`${what}; npm run fuzz -- [NAME…] [--minutes N]`)
    process.exit(2)
  }
}
