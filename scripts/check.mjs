// `npm run check`: everything but the tests, the quickest first; the first failure ends it.
// `npm run check -- NAME…` runs only those.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// Biome colours what it prints whether or not a terminal reads it.
const colors = process.stdout.isTTY ? 'force' : 'off'

/** @type {[name: string, what: string, commands: string[]][]} */
const checks = [
  ['layers', 'imports go one way', ['node scripts/check-layers.mjs']],
  [
    'reliability',
    'the page of what is survived names the tests',
    ['node scripts/check-reliability.mjs'],
  ],
  [
    'biome',
    'format and lint',
    [`biome ci --colors=${colors} --error-on-warnings --diagnostic-level=warn .`],
  ],
  ['types', 'TypeScript, and builds dist', ['tsc -b', 'node scripts/bundle.mjs']],
  ['knip', 'unused files, exports, dependencies', ['knip --no-config-hints']],
  ['api', 'what the library exports is what was reviewed', ['node scripts/api.mjs --check']],
  ['publint', 'packages as they would be published', published().map(publint)],
  ['attw', 'types as node16 and bundlers find them', published().map(typesOf)],
]

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !checks.some(([known]) => known === name))
if (unknown) {
  console.error(`no check ${unknown}; there are ${checks.map(([name]) => name).join(', ')}`)
  process.exit(2)
}

const env = { ...process.env, PATH: join(root, 'node_modules/.bin') + delimiter + process.env.PATH }
for (const [name, what, commands] of checks) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`check ${name}: ${what}`)
  const start = performance.now()
  for (const command of commands) {
    const { status } = spawnSync(command, { cwd: root, env, shell: true, stdio: 'inherit' })
    if (status === 0) continue
    console.error(`check ${name}: FAILED (${command})`)
    process.exit(1)
  }
  console.log(`check ${name}: ok, ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

/** Folders of the workspaces that are not private. */
function published() {
  return ['packages', 'systems']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((path) => !JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).private)
}

/** Everything here is ESM; who has not read that is told by Node itself. */
function typesOf(path) {
  return `attw --pack ${path} --profile esm-only --format ascii --quiet`
}

function publint(path) {
  return `publint run ${path} --strict --level=warning`
}
