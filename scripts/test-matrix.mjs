// `npm run test:matrix`: builds and runs every test with Node 20, 22, 24 and the newest, from npm's own
// packages of Node's binaries, and prints a table. `npm run test:matrix -- 22 24` runs those alone.
// Nothing is installed: it works in a copy of this tree, under node_modules/.cache.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeBinary } from './node-binary.mjs'
import { summary } from './test-summary.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const DEFAULT = ['20', '22', '24', 'latest']
// A run takes some minutes; past this something hangs.
const LIMIT_MS = 30 * 60_000

/** A copy of all that is not ignored, with the installed packages: a build and tests of its own. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'tieline-matrix-'))
  // Tests run programs as another user, who must get in.
  chmodSync(copy, 0o755)
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  for (const path of new Set(listed.split('\0'))) {
    if (path === '' || !existsSync(join(root, path))) continue
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  const own = (path) => !path.startsWith(join(root, 'node_modules/.cache'))
  cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), {
    recursive: true,
    // Links to the workspaces stay relative, so they lead into the copy.
    verbatimSymlinks: true,
    filter: own,
  })
  // Some tests ask git which files there are.
  execFileSync('git', ['init', '-q'], { cwd: copy })
  return copy
}

/**
 * @param {string} node
 * @param {string} copy
 * @param {string[]} paths
 */
function run(node, copy, paths) {
  const report = join(copy, 'report.json')
  rmSync(report, { force: true })
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH }
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: copy, env, timeout: LIMIT_MS, stdio: ['ignore', 2, 2] }
  // `npm run build`, by this Node.
  const built = [['node_modules/typescript/bin/tsc', '-b'], ['scripts/bundle.mjs']].every(
    (step) => spawnSync(node, step, options).status === 0,
  )
  if (!built) return { built: false, passed: 0, failed: 1, skipped: 0, names: [] }
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...paths]
  const { status } = spawnSync(node, vitest, options)
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  const names = (result?.testResults ?? []).flatMap((file) => {
    const where = file.name.replace(`${copy}/`, '')
    const bad = file.assertionResults.filter((test) => test.status === 'failed')
    if (bad.length === 0 && file.status === 'failed') return [`${where}: ${file.message}`]
    return bad.map((test) => `${where}: ${test.fullName}`)
  })
  return { built: true, ...summary(result, status ?? 1), names }
}

/** @param {string[]} argv */
function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { paths: { type: 'string', default: '' } },
  })
  const wanted = positionals.length > 0 ? positionals : DEFAULT
  const paths = values.paths.split(',').filter((path) => path !== '')
  const copy = copyTree()
  const rows = []
  try {
    for (const version of wanted) {
      const node = nodeBinary(version)
      const exact = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
      console.error(`== Node ${exact}`)
      const start = performance.now()
      const result = run(node, copy, paths)
      rows.push({ exact, minutes: (performance.now() - start) / 60_000, ...result })
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  console.log('| Node | build | passed | failed | skipped | minutes |')
  console.log('|---|---|---|---|---|---|')
  for (const { exact, built, passed, failed, skipped, minutes } of rows) {
    const build = built ? 'ok' : 'FAILED'
    console.log(
      `| ${exact} | ${build} | ${passed} | ${failed} | ${skipped} | ${minutes.toFixed(1)} |`,
    )
  }
  for (const { exact, names } of rows) for (const name of names) console.log(`${exact}: ${name}`)
  process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
