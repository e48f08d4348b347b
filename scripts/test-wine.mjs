// `npm run test:wine`: named pipes, the player driver and the supervisor with Node for Windows, run by
// wine. vitest does not run there, so that each file of test/wine is bundled with a stand-in for it.
// What wine cannot show: that a second server at the same pipe is refused (wine lets it listen), and
// who may open a pipe (wine keeps no access lists). Signals are what Node makes of them on Windows.
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { nodeBinary } from './node-binary.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tests = join(root, 'test/wine')
// 20: wine runs Node up to 22, and this is the oldest that is promised.
const NODE = '20'
/** Milliseconds for one file. */
const LIMIT_MS = 5 * 60_000

const wine = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'].find((path) =>
  existsSync(path),
)
if (wine === undefined) {
  console.log('skipped: there is no wine here (Debian: apt-get install wine64)')
  process.exit(0)
}

/** @param {string} name @param {string} directory */
async function bundle(name, directory) {
  const entry = join(directory, 'entry.mjs')
  const paths = [join(tests, name), join(tests, 'stand-in.ts')].map((path) => JSON.stringify(path))
  writeFileSync(entry, `import ${paths[0]}\nimport { run } from ${paths[1]}\nawait run()\n`)
  const file = name.replace('.ts', '.mjs')
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { vitest: join(tests, 'stand-in.ts') } },
    ssr: { noExternal: true, external: ['koffi'] },
    build: {
      ssr: entry,
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      rollupOptions: { output: { entryFileNames: file, codeSplitting: false } },
    },
  })
  return file
}

/**
 * wine wants an empty stdin, and files for what is printed.
 * @param {string} node
 * @param {string} file
 * @param {string} directory
 */
async function run(node, file, directory) {
  const output = join(directory, `${file}.txt`)
  const out = openSync(output, 'w')
  const env = { ...process.env, WINEPREFIX: join(directory, 'wine'), WINEDEBUG: '-all' }
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['ignore', out, out]
  const options = { cwd: directory, env, stdio }
  const windows10 = ['HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']
  spawnSync(wine ?? '', ['reg', 'add', ...windows10], options)
  const child = spawn(wine ?? '', [node, file], { ...options, timeout: LIMIT_MS })
  await new Promise((resolve) => child.on('close', resolve))
  spawnSync(join('/usr/lib/wine', 'wineserver64'), ['-k'], options)
  closeSync(out)
  return readFileSync(output, 'utf8')
}

const directory = mkdtempSync(join(tmpdir(), 'tieline-wine-'))
try {
  const node = nodeBinary(NODE, 'win32', 'x64')
  const given = process.argv.slice(2)
  const isWanted = (name) => given.length === 0 || given.some((part) => name.includes(part))
  const names = readdirSync(tests).filter((name) => name.endsWith('.wine.ts'))
  for (const name of names.filter(isWanted)) {
    const text = await run(node, await bundle(name, directory), directory)
    const last = text.trim().split(/\r?\n/).at(-1) ?? ''
    const done = /^\d+ passed, (\d+) failed, \d+ skipped$/.exec(last)
    for (const block of text.split(/\r?\n(?=ok |FAILED |skipped )/)) {
      if (!block.startsWith('ok ')) console.log(block)
    }
    console.log(`${name}: ${done ? last : 'it did not come to its end'}`)
    if (done?.[1] !== '0') process.exitCode = 1
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
