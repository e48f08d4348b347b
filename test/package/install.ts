// Packages as their users get them: packed, unpacked into an empty project, with the dependencies that
// they name and no others in reach.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Readonly<Record<string, string>>
}

export interface Packed {
  readonly manifest: Manifest
  /** Bytes of the archive, and of all files in it. */
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly string[]
}

/** An empty project, below the system's folder for such: nothing of this repository is above it. */
export function emptyProject(): string {
  return mkdtempSync(join(tmpdir(), 'tieline-package-'))
}

/** Packs `folder` of this repository and unpacks it into `project`, with its dependencies beside it. */
export function install(project: string, folder: string): Packed {
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: join(root, folder),
  })
  const [{ filename, size, unpackedSize, files, name }] = JSON.parse(packed)
  const target = join(project, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  run('tar', ['-xzf', join(project, filename), '--strip-components=1', '-C', target])
  const manifest: Manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.includes('tieline')) provide(project, dependency, folder)
  }
  return { manifest, size, unpackedSize, files: files.map(({ path }: { path: string }) => path) }
}

/** A package that is not ours, as this repository has it installed for `folder`. */
export function provide(project: string, name: string, folder = ''): void {
  const target = join(project, 'node_modules', name)
  mkdirSync(dirname(target), { recursive: true })
  // A link: what it depends on is found from where it really is.
  try {
    symlinkSync(packageFolder(name, folder), target)
  } catch (error) {
    // Two packages may want the same one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function packageFolder(name: string, folder: string): string {
  const places = createRequire(join(root, folder, 'package.json')).resolve.paths(name) ?? []
  const found = places.map((place) => join(place, name)).find((path) => has(path))
  if (!found) throw new Error(`${name} is not installed`)
  return found
}

function has(path: string): boolean {
  try {
    readFileSync(join(path, 'package.json'))
    return true
  } catch {
    // Not here: the next folder up may have it.
    return false
  }
}

/** Copies files of a fixture into the project. */
export function copyInto(project: string, folder: string): void {
  cpSync(fileURLToPath(new URL(folder, import.meta.url)), project, { recursive: true })
}

/** Runs a program to its end; what it wrote to stdout. Throws with all that it said when it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
}

/** The TypeScript compiler of this repository. */
export const tsc = join(root, 'node_modules/typescript/bin/tsc')
