// Checks that docs/reliability.md and the tests agree: all 35 rows, a test or a reason in every cell, files
// that exist, and no hostile test that the page does not name.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PAGE = 'docs/reliability.md'
const HOSTILE = 'test/hostile'
const ROWS = 35
const PARTS = 12

/**
 * One line for each thing that is wrong. `root` is the repository.
 * @param {string} root
 */
export function reliabilityFaults(root) {
  const lines = readFileSync(join(root, PAGE), 'utf8').split('\n')
  const rows = lines.filter((line) => line.startsWith('|')).map(cellsOf)
  const reasons = lines.flatMap((line) => /^\* \*\*(\w)\*\*: /.exec(line)?.[1] ?? [])
  const files = new Map(
    rows.flatMap(([name, link = '', ...more]) => {
      const [, path] = more.length === 0 ? (/^\[.*\]\(\.\.\/(.+)\)$/.exec(link) ?? []) : []
      return path === undefined ? [] : [[name, path]]
    }),
  )
  const parts = rows.find(([first, second]) => first === '' && second === 'what happens') ?? []
  const numbered = rows.filter(([first]) => /^\d+$/.test(first ?? ''))
  const faults = []
  const used = new Set()

  for (let number = 1; number <= ROWS; number++) {
    const found = numbered.filter(([first]) => first === String(number))
    if (found.length !== 1) faults.push(`row ${number} is there ${found.length} times`)
  }
  for (const [number, , ...cells] of numbered) {
    if (cells.length !== PARTS) faults.push(`row ${number} has ${cells.length} cells, not ${PARTS}`)
    for (const [at, cell] of cells.entries()) {
      const part = parts[at + 2] ?? ''
      for (const word of cell.split(' ')) {
        used.add(word)
        const known = files.has(word) || reasons.includes(word)
        if (!known) faults.push(`row ${number}, ${part}: '${word}' is neither a test nor a reason`)
      }
    }
  }
  for (const [name, path] of files) {
    if (!existsSync(join(root, path))) faults.push(`${name}: there is no ${path}`)
    if (!used.has(name)) faults.push(`${name} (${path}) stands in no cell`)
  }
  const named = new Set(files.values())
  for (const file of readdirSync(join(root, HOSTILE))) {
    const path = `${HOSTILE}/${file}`
    if (file.endsWith('.test.ts') && !named.has(path)) faults.push(`${path} is not named`)
  }
  return faults.map((fault) => `${PAGE}: ${fault}`)
}

/** @param {string} line */
function cellsOf(line) {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = reliabilityFaults(fileURLToPath(new URL('..', import.meta.url)))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
