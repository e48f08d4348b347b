import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { reliabilityFaults } from './check-reliability.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
const copy = mkdtempSync(join(tmpdir(), 'tieline-reliability-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** What is wrong with the page when it is changed so; the files that it names are there. */
function faultsOf(change) {
  for (const [, path = ''] of page.matchAll(/\]\(\.\.\/(.+?)\)/g)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), '')
  }
  mkdirSync(join(copy, 'docs'), { recursive: true })
  writeFileSync(join(copy, 'docs/reliability.md'), change(page))
  return reliabilityFaults(copy).map((fault) => fault.replace('docs/reliability.md: ', ''))
}

it('finds nothing wrong with the page as it is', () => {
  expect(reliabilityFaults(root)).toEqual([])
  expect(faultsOf((text) => text)).toEqual([])
})

it('finds a row that is missing, and a cell that is', () => {
  expect(faultsOf((text) => text.replace(/^\| 7 .*\n/m, ''))).toContain('row 7 is there 0 times')
  const short = (text) => text.replace(/^(\| 7 .*)\|[^|]*\|$/m, '$1|')
  expect(faultsOf(short)).toContain('row 7 has 11 cells, not 12')
})

it('finds a word that means nothing, and a test that is put off', () => {
  const odd = (word) => (text) => text.replace(/^(\| 7 [^|]*\|[^|]*\|) [^|]* \|/m, `$1 ${word} |`)
  expect(faultsOf(odd('nix'))).toEqual(["row 7, lo: 'nix' is neither a test nor a reason"])
  expect(faultsOf(odd('later'))).toEqual(["row 7, lo: 'later' is neither a test nor a reason"])
})

it('finds a file that is not there, and a hostile test that is not named', () => {
  const renamed = faultsOf((text) => text.replaceAll('04-silence-inside', '04-other'))
  expect(renamed.some((fault) => fault.startsWith('h04: there is no'))).toBe(true)
  expect(renamed).toContain('test/hostile/04-silence-inside-a-frame.test.ts is not named')
})
