// Tells when code has changed, for development: files under a directory, without what is not code.
import { watch } from 'node:fs'
import { sep } from 'node:path'

/** Milliseconds of quiet after a change. 100: an editor writes a file in several steps. */
const QUIET_MS = 100
const LEFT_OUT = /^(node_modules|\..*)$/
const CODE = /\.(?:[cm]?[jt]sx?|json|html|css|sql|txt|md)$/

/**
 * Calls `changed` with the last of the files that changed together. Returns how to stop. Throws for a
 * directory that can not be watched.
 */
export function watchCode(
  directories: readonly string[],
  changed: (file: string) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const watchers = directories.map((directory) =>
    watch(directory, { recursive: true }, (_event, file) => {
      if (file === null || !isCode(file)) return
      clearTimeout(timer)
      timer = setTimeout(() => changed(file), QUIET_MS)
    }),
  )
  return () => {
    clearTimeout(timer)
    for (const each of watchers) each.close()
  }
}

function isCode(file: string): boolean {
  return CODE.test(file) && !file.split(sep).some((part) => LEFT_OUT.test(part))
}
