// Checks the imports: one way down the layers of packages/tieline, Node and other packages only at
// its edges, everything else through its public exports, and no circles. The lists here are the rule.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'

const LIBRARY = 'packages/tieline'

/** Folders of the library's src, top first: each imports itself and what is below it. */
const STACK = 'contract connector service peer dialect wire framing codec channel'.split(' ')
/** Single files below them all. */
const LEAVES = ['errors', 'limits', 'clock', 'bytes']
const ALL = [...STACK, 'transport', ...LEAVES]

/** Layer -> the layers that it imports. */
const MAY_IMPORT = {
  ...Object.fromEntries(STACK.map((layer, at) => [layer, [...STACK.slice(at), ...LEAVES]])),
  ...Object.fromEntries(LEAVES.map((leaf) => [leaf, LEAVES])),
  // Transports stand beside the stack, known to its top alone: the rest also runs in a browser.
  transport: ['transport', 'channel', ...LEAVES],
  contract: ALL,
  connector: ALL.filter((layer) => layer !== 'contract'),
  index: ALL,
  testing: ['testing', ...ALL],
  command: ['command', ...LEAVES],
  cli: ['cli', 'command', 'index', ...ALL],
}
/** Layers that import node: modules and other packages. */
const EDGES = ['transport', 'codec', 'testing', 'command', 'cli']
/** Layer -> packages of which it imports types, and nothing else. */
const SCHEMA = ['@standard-schema/spec']
const TYPES_ONLY = { contract: SCHEMA, service: SCHEMA }

/** Folders full of workspaces, folders that are one, and what any test may import by path. */
const PARENTS = ['packages', 'systems', 'examples']
const SINGLES = ['bench', 'test']
const TEST_SUPPORT = 'test/support/'

/** One line for each import that breaks a rule. `root` is the repository. */
export function layerFaults(root) {
  const manifest = JSON.parse(readFileSync(join(root, LIBRARY, 'package.json'), 'utf8'))
  const exported = Object.keys(manifest.exports).map((path) => posix.join('tieline', path))
  const files = new Map(sourceFiles(root).map((file) => [file, importsOf(root, file)]))
  const faults = []
  for (const [file, imports] of files) {
    for (const { line, from, target, typeOnly } of imports) {
      const why = target ? pathFault(file, target) : packageFault(file, from, typeOnly, exported)
      if (why) faults.push(`${file}:${line} imports ${target ?? from}: ${why}`)
    }
  }
  return [...faults, ...circles(files)]
}

/** Why `file` may not import the file `target`. */
function pathFault(file, target) {
  const home = workspaceOf(file)
  if (workspaceOf(target) !== home) {
    if (isTest(file) && target.startsWith(TEST_SUPPORT)) return
    return `the path leaves ${home}; import the package's public exports`
  }
  if (home !== LIBRARY || isTest(file)) return
  const layer = layerOf(file)
  const below = layerOf(target)
  if (!MAY_IMPORT[layer]) return `there is no layer ${layer}; scripts/check-layers.mjs has the list`
  if (MAY_IMPORT[layer].includes(below)) return
  if (STACK.includes(layer) && STACK.includes(below)) return `${layer} is below ${below}`
  return `${layer} may not import ${below}`
}

/** Why `file` may not import the package or node: module `from`. */
function packageFault(file, from, typeOnly, exported) {
  const inside = workspaceOf(file) === LIBRARY && !isTest(file)
  if (from === 'tieline' || from.startsWith('tieline/')) {
    if (inside) return 'the library imports its own files by path'
    return exported.includes(from) ? undefined : 'not a public export of tieline'
  }
  const layer = layerOf(file)
  if (!inside || EDGES.includes(layer)) return
  if (!TYPES_ONLY[layer]?.includes(from))
    return `only ${EDGES.join(', ')} import packages and node:`
  return typeOnly ? undefined : 'only its types, with `import type`'
}

/** Each circle of imports, as `a -> b -> a`. What is imported at run time only is not followed. */
function circles(files) {
  const found = []
  const done = new Set()
  const path = []
  const visit = (file) => {
    if (path.includes(file)) {
      found.push(`a circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    } else if (files.has(file) && !done.has(file)) {
      path.push(file)
      for (const { target, lazy } of files.get(file)) if (target && !lazy) visit(target)
      path.pop()
      done.add(file)
    }
  }
  for (const file of files.keys()) visit(file)
  return found
}

/** What a file imports and re-exports; `target` is the file that a relative path means. */
function importsOf(root, file) {
  const text = readFileSync(join(root, file), 'utf8')
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const imports = []
  const add = (node) => {
    const from = node.source?.value
    if (typeof from !== 'string') return
    imports.push({
      from,
      target: from.startsWith('.')
        ? posix.join(posix.dirname(file), from).replace(/\.js$/, '.ts')
        : undefined,
      line: text.slice(0, node.start).split('\n').length,
      typeOnly: node.type === 'TSImportType' || (node.importKind ?? node.exportKind) === 'type',
      lazy: node.type === 'ImportExpression',
    })
  }
  new Visitor({
    ImportDeclaration: add,
    ExportNamedDeclaration: add,
    ExportAllDeclaration: add,
    ImportExpression: add,
    TSImportType: add,
  }).visit(program)
  return imports
}

function isTest(file) {
  return /\.(test(\.helper)?|fuzz)\.ts$/.test(file)
}

function workspaceOf(file) {
  const [first, second] = file.split('/')
  return PARENTS.includes(first) ? `${first}/${second}` : first
}

/** `packages/tieline/src/codec/json.ts` -> `codec`, `…/src/errors.ts` -> `errors`, `…/cli/x.ts` -> `cli`. */
function layerOf(file) {
  const [first, second] = file.slice(LIBRARY.length + 1).split('/')
  return first === 'src' ? second?.replace(/\.ts$/, '') : first
}

function sourceFiles(root) {
  const files = []
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name)
      if (entry.name === 'node_modules' || entry.name === 'dist') continue
      if (entry.isDirectory()) walk(path)
      else if (path.endsWith('.ts')) files.push(path)
    }
  }
  for (const folder of [...PARENTS, ...SINGLES]) if (existsSync(join(root, folder))) walk(folder)
  return files
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = layerFaults(fileURLToPath(new URL('..', import.meta.url)))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
