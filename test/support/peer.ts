// Finds the foreign programs that tests talk to. Where one is missing its tests are skipped and the
// reason is printed; where CI is set they fail, so that no run there is quietly smaller.
//
//   const nvim = peer('nvim', 'Debian package neovim')
//   test.skipIf(!nvim.available)('answers an eval', () => { spawn(nvim.path, …) })
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

export interface Peer {
  readonly available: boolean
  /** The program, absolute. Empty when it is not available. */
  readonly path: string
}

/** A program by name (looked up in PATH) or by absolute path, and where one gets it. */
export function peer(program: string, source: string): Peer {
  const path = find(program)
  return path ? { available: true, path } : missing(program, source)
}

/**
 * Python with these modules. Debian's own, as its packages (python3-msgpack) are not seen by another
 * `python3` that may come first in PATH.
 */
export function python(...modules: string[]): Peer {
  const path = '/usr/bin/python3'
  const source = ['python3', ...modules.map((name) => `python3-${name}`)].join(' and ')
  if (!find(path)) return missing(path, `Debian package ${source}`)
  const imports = modules.map((name) => `import ${name}`).join('\n')
  const { status } = spawnSync(path, ['-c', imports], { stdio: 'ignore' })
  if (status === 0) return { available: true, path }
  return missing(`${path} with ${modules.join(', ')}`, `Debian package ${source}`)
}

function find(program: string): string | undefined {
  const folders = isAbsolute(program) ? [''] : (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false
  }
}

function missing(program: string, source: string): Peer {
  const reason = `${program} is missing (${source})`
  if (process.env.CI) throw new Error(`${reason}; CI is set, so its tests must run`)
  process.stderr.write(`skipped: ${reason}\n`)
  return { available: false, path: '' }
}
