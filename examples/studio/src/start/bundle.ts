// The page as files in memory, bundled by vite when the studio starts: it takes a second, and there is
// nothing in the tree that could be old.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The page's folder: it is not compiled, only checked. From dist/src/start. */
const PAGE = fileURLToPath(new URL('../../../page', import.meta.url))

/** The page's files by their paths on the site: `index.html`, `assets/…`. */
export type PageFiles = ReadonlyMap<string, string | Uint8Array>

export async function bundlePage(): Promise<PageFiles> {
  const result = await build({
    configFile: false,
    root: PAGE,
    logLevel: 'error',
    build: { write: false, modulePreload: { polyfill: false } },
  })
  const files = new Map<string, string | Uint8Array>()
  for (const part of [result].flat()) {
    if (!('output' in part)) continue
    for (const file of part.output) {
      files.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
    }
  }
  return files
}

/** For the handler processes, which are others. `endpoint` is where the page finds the channel host. */
export async function writePage(files: PageFiles, folder: string, endpoint: string): Promise<void> {
  for (const [name, content] of files) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const own = name === 'index.html' ? String(content).replace('{{endpoint}}', endpoint) : content
    await writeFile(path, own, { mode: 0o600 })
  }
}
