// Every link inside the repository's pages leads somewhere: to a file, and to a heading of it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const LINK = /\]\((?!https?:|mailto:)(?<path>[^)#\s]*)(?:#(?<anchor>[^)\s]+))?\)/g

// Those that git has or would take: what is installed or built has pages of its own.
const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']
const pages = spawnSync('git', listed, { cwd: root, encoding: 'utf8' })
  .stdout.split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)))

it('there are pages', () => {
  expect(pages).toContain('README.md')
})

it.each(pages)('the links of %s lead somewhere', (page) => {
  const broken: string[] = []
  for (const { groups } of withoutCode(textOf(page)).matchAll(LINK)) {
    const { path = '', anchor } = groups ?? {}
    const target = path === '' ? page : normalize(join(dirname(page), path))
    if (!existsSync(join(root, target))) broken.push(`${target} is not there`)
    else if (anchor !== undefined && !anchors(target).has(anchor)) {
      broken.push(`${target} has no heading #${anchor}`)
    }
  }
  expect(broken).toEqual([])
})

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '``')
}

/** Headings as they are linked to: lower case, dashes for spaces, no other signs. */
function anchors(page: string): Set<string> {
  const headings = textOf(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
