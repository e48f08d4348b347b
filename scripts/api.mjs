// The library's public face as text, read from the declarations the build makes: api/NAME.d.ts for
// reviews (what changed for users), docs/reference.md for users. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

const root = fileURLToPath(new URL('..', import.meta.url))
const library = join(root, 'packages/tieline')

/**
 * One thing that is exported: its name, its comment and its declaration.
 * @typedef {{ name: string, comment: string, text: string }} Declaration
 */

/** What a file declares and what it passes on. @type {Map<string, ReturnType<typeof read>>} */
const files = new Map()

function module(path) {
  const known = files.get(path) ?? read(path)
  files.set(path, known)
  return known
}

/** @param {string} path of a .d.ts */
function read(path) {
  const source = readFileSync(path, 'utf8')
  const { program, comments } = parseSync(path, source)
  /** @type {Map<string, Declaration[]>} */
  const declared = new Map()
  /** Exported name -> where it comes from. @type {Map<string, { from: string, name: string }>} */
  const passed = new Map()
  /** Files all of whose exports are passed on. @type {string[]} */
  const everything = []
  const near = (from) => join(dirname(path), from.replace(/\.js$/, '.d.ts'))
  for (const node of program.body) {
    if (node.type === 'ExportAllDeclaration') everything.push(near(node.source.value))
    if (node.type === 'ExportNamedDeclaration' && node.source) {
      for (const { local, exported } of node.specifiers) {
        passed.set(nameOf(exported), { from: near(node.source.value), name: nameOf(local) })
      }
    }
    if (node.type === 'ImportDeclaration' && node.source.value.startsWith('.')) {
      for (const specifier of node.specifiers) {
        if (specifier.type !== 'ImportSpecifier') continue
        const name = nameOf(specifier.imported)
        passed.set(`import ${specifier.local.name}`, { from: near(node.source.value), name })
      }
    }
    if (node.type === 'ExportNamedDeclaration' && !node.source) {
      for (const { local, exported } of node.specifiers) {
        const through = passed.get(`import ${nameOf(local)}`)
        if (through) passed.set(nameOf(exported), through)
      }
    }
    const inner = 'declaration' in node && node.declaration ? node.declaration : node
    for (const name of namesOf(inner)) {
      const comment = comments.findLast(
        ({ end, type, value }) =>
          type === 'Block' &&
          value.startsWith('*') &&
          end <= node.start &&
          source.slice(end, node.start).trim() === '',
      )
      const declaration = {
        name,
        comment: comment ? plain(comment.value) : '',
        text: source
          .slice(node.start, node.end)
          .replace(/^export declare /, 'export ')
          .replace(/^declare /, '')
          .replace(/^(?!export )/, 'export '),
      }
      declared.set(name, [...(declared.get(name) ?? []), declaration])
    }
  }
  return { declared, passed, everything }
}

function nameOf(node) {
  return node.type === 'Literal' ? node.value : node.name
}

function namesOf(node) {
  if (node.type === 'VariableDeclaration') return node.declarations.map(({ id }) => id.name)
  const named =
    /^(TSInterface|TSTypeAlias|TSEnum|Class|Function|TSDeclareFunction|TSModule)/.test(node.type) &&
    'id' in node &&
    node.id
  return named ? [node.id.name] : []
}

/** A comment without its stars. */
function plain(value) {
  return value
    .replace(/^\*/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim()
    .replace(/\n?@example\n([\s\S]*)$/, '\n\n```ts\n$1\n```')
    .trim()
}

/** All that a file exports, its own and passed on. @returns {Map<string, Declaration[]>} */
function exportsOf(path) {
  const { declared, passed, everything } = module(path)
  const found = new Map()
  for (const from of everything) for (const [name, what] of exportsOf(from)) found.set(name, what)
  for (const [name, { from, name: inner }] of passed) {
    if (name.startsWith('import ')) continue
    const what = exportsOf(from).get(inner)
    if (!what) throw new Error(`${path} exports ${name}, which ${from} does not have`)
    found.set(name, what)
  }
  for (const [name, what] of declared) {
    if (what.some(({ text }) => text.startsWith('export '))) found.set(name, what)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Members' indentation as in the source, two spaces a step. */
function tidy(text) {
  return text.replace(/^( {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2))
}

function withoutComments(text) {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
}

const manifest = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'))
const paths = Object.entries(manifest.exports).map(([key, target]) => ({
  name: key === '.' ? 'tieline' : `tieline/${key.slice(2)}`,
  file: key === '.' ? 'index' : key.slice(2),
  declarations: exportsOf(
    join(library, (typeof target === 'string' ? target : target.default).replace(/\.js$/, '.d.ts')),
  ),
}))

/** What each import path is for, in the order in which one meets them. */
const PURPOSES = {
  tieline: 'What most programs need.',
  'tieline/channel': 'The waist: what a transport opens, and an in-memory pair and a tap of it.',
  'tieline/framing': 'Frames out of a stream of bytes, and back.',
  'tieline/codec': 'Values to bytes and back.',
  'tieline/wire': 'A framer and a codec together.',
  'tieline/dialect': 'How requests, replies and streams are written.',
  'tieline/peer': 'One live conversation.',
  'tieline/service': 'What answers calls, and layers around it.',
  'tieline/connector': 'A client that comes back.',
  'tieline/transport': 'How channels are opened on this platform.',
  'tieline/command': 'For programs that are commands.',
  'tieline/testing': 'What every channel, framer, codec, wire, dialect and peer must pass; faults.',
}

const outputs = new Map()
for (const { name, file, declarations } of paths) {
  const texts = [...declarations.values()].flat().map(({ text }) => withoutComments(tidy(text)))
  const head = `// What '${name}' exports. Made by \`npm run api\`; a change here is a change for users.\n`
  outputs.set(join(library, `api/${file}.d.ts`), `${head}\n${texts.join('\n\n')}\n`)
}

/** Declaration -> the path that tells of it: what two paths export is written out once. */
const told = new Map()
const sections = paths.map(({ name, declarations }) => {
  const before = [...declarations].filter(([, [first]]) => told.has(first))
  const also = before.map(([export_, [first]]) => `\`${export_}\` (${told.get(first)})`).join(', ')
  const fresh = [...declarations].filter(([, [first]]) => !told.has(first))
  const entries = fresh.map(([export_, what]) => {
    told.set(what[0], name)
    const comment = what.map((one) => one.comment).find((text) => text !== '') ?? ''
    const code = what.map(({ text }) => tidy(text)).join('\n')
    return `### \`${export_}\`\n\n${comment === '' ? '' : `${comment}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`
  })
  const again = also === '' ? '' : `Told of above: ${also}.\n\n`
  return `## ${name}\n\n${PURPOSES[name]}\n\n${again}${entries.join('\n')}`
})
const contents = paths.map(
  ({ name }) => `- [\`${name}\`](#${name.replace(/[^a-z-]/g, '')}): ${PURPOSES[name]}`,
)
outputs.set(
  join(root, 'docs/reference.md'),
  `# Reference

Everything that \`tieline\` exports, from the comments in its source (\`npm run api\` writes this page).

${contents.join('\n')}

${sections.join('\n')}`,
)

const check = process.argv.includes('--check')
let stale = 0
for (const [path, text] of outputs) {
  let old
  try {
    old = readFileSync(path, 'utf8')
  } catch {
    // Not written yet.
  }
  if (old === text) continue
  stale++
  const name = path.slice(root.length)
  if (check) console.error(`${name} is not what the source exports; run npm run api and review it`)
  else writeFileSync(path, text)
  if (!check) console.log(`wrote ${name}`)
}
process.exitCode = check && stale > 0 ? 1 : 0
