// The page as files in memory, bundled by vite when the example starts: it takes a second, and there
// is nothing on disk that could be old.
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The page's files by their paths on the site: `/`, `/assets/…`. */
export type SiteFiles = ReadonlyMap<string, string | Uint8Array>

/** From dist/src/site as from src/site: the page's folder is not compiled, only checked. */
function pageFolder(): string {
  const up = import.meta.url.includes('/dist/src/') ? '../../../page' : '../../page'
  return fileURLToPath(new URL(up, import.meta.url))
}

export async function bundlePage(): Promise<SiteFiles> {
  const result = await build({
    configFile: false,
    root: pageFolder(),
    logLevel: 'error',
    build: { write: false, modulePreload: { polyfill: false } },
  })
  const files = new Map<string, string | Uint8Array>()
  for (const part of [result].flat()) {
    if (!('output' in part)) continue
    for (const file of part.output) {
      const path = file.fileName === 'index.html' ? '/' : `/${file.fileName}`
      files.set(path, file.type === 'chunk' ? file.code : file.source)
    }
  }
  return files
}
