// The programs that a page of the documentation is made of: its code blocks in order, and between them
// what only the tests need, in comments that readers do not see:
//
//   <!-- test
//   const token = 'a token'
//   -->
//   ```ts
//   const greeter = await connect(Greeter, { at: websocket(url, { token }) })
//   ```
//
// `<!-- test: program -->` begins another program. `<!-- test: folder /shared/dir -->` says that this path
// stands for a folder of the reader's. A block whose first line is `// NAME.ts` is a file that the others
// import.
import { parseSync } from 'oxc-parser'

export interface DocumentedProgram {
  /** `README.md:40`: where it begins. */
  readonly where: string
  readonly source: string
  /** File name -> text. */
  readonly files: ReadonlyMap<string, string>
  /** Paths in it that stand for a folder of the reader's. */
  readonly folders: readonly string[]
}

interface Piece {
  readonly line: number
  readonly kind: 'code' | 'hidden' | 'folder'
  readonly text: string
}

const PIECES =
  /^<!-- test(?:(?<program>: program)|: folder (?<folder>\S+)|(?<hidden>\n[\s\S]*?))\s*-->$|^```(?:ts|js)\n(?<code>[\s\S]*?)^```$/gm
const FILE_NAME = /^\/\/ (?<name>[\w-]+\.(?:ts|js))\n/

/** All programs of a page. */
export function programsOf(page: string, markdown: string): DocumentedProgram[] {
  const programs: DocumentedProgram[] = []
  let pieces: Piece[] = []
  const finish = (): void => {
    if (pieces.some(({ kind }) => kind === 'code')) programs.push(program(page, pieces))
    pieces = []
  }
  for (const match of markdown.matchAll(PIECES)) {
    const line = markdown.slice(0, match.index).split('\n').length
    const { program: begins, folder, hidden, code } = match.groups ?? {}
    if (begins !== undefined) finish()
    else if (code !== undefined) pieces.push({ line, kind: 'code', text: code })
    else if (folder !== undefined) pieces.push({ line, kind: 'folder', text: folder })
    else if (hidden !== undefined) pieces.push({ line, kind: 'hidden', text: hidden })
  }
  finish()
  return programs
}

function program(page: string, pieces: readonly Piece[]): DocumentedProgram {
  const files = new Map<string, string>()
  const steps: string[] = []
  for (const { kind, text } of pieces) {
    if (kind === 'folder') continue
    const name = FILE_NAME.exec(text)?.groups?.name
    if (name === undefined) steps.push(text)
    else files.set(name, text)
  }
  const first = pieces.find(({ kind }) => kind === 'code')
  const folders = pieces.filter(({ kind }) => kind === 'folder').map(({ text }) => text)
  return {
    where: `${page}:${first?.line ?? 1}`,
    source: oneModule(steps.join('\n')),
    files,
    folders,
  }
}

/** The steps as one module: blocks that readers copy each have their own imports, often the same. */
function oneModule(source: string): string {
  const { program: tree } = parseSync('page.ts', source)
  const named = new Map<string, Set<string>>()
  const others = new Set<string>()
  let rest = source
  for (const node of tree.body.toReversed()) {
    if (node.type !== 'ImportDeclaration') continue
    rest = rest.slice(0, node.start) + rest.slice(node.end)
    const names = node.specifiers.map((one) =>
      one.type === 'ImportSpecifier' ? source.slice(one.start, one.end) : undefined,
    )
    if (names.includes(undefined) || names.length === 0) {
      others.add(source.slice(node.start, node.end))
      continue
    }
    const from = named.get(node.source.value) ?? new Set()
    const type = node.importKind === 'type' ? 'type ' : ''
    for (const name of names) from.add(type + name)
    named.set(node.source.value, from)
  }
  const imports = [...named].map(
    ([from, names]) => `import { ${[...names].join(', ')} } from '${from}'`,
  )
  return [...others, ...imports, rest, 'export {}'].join('\n')
}
