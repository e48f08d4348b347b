// A Node of another version or system, from npm's own packages of Node's binaries. Fetched once, and
// kept under node_modules/.cache.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url))

/**
 * The path of its executable.
 * @param {string} version a major, a full version, or `latest`
 * @param {string} platform `win32` for one that wine runs
 */
export function nodeBinary(version, platform = process.platform, arch = process.arch) {
  const system = platform === 'win32' ? 'win' : platform
  const home = mkdtempSync(join(tmpdir(), 'tieline-node-'))
  try {
    mkdirSync(cache, { recursive: true })
    const packed = execFileSync(
      'npm',
      [
        'pack',
        `node-${system}-${arch}@${version}`,
        '--json',
        '--silent',
        '--pack-destination',
        home,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    )
    // npm gives a list, or since 12 an object by name.
    const [{ filename, version: exact }] = Object.values(JSON.parse(packed))
    const at = join(cache, `${system}-v${exact}`)
    if (!existsSync(at)) {
      execFileSync('tar', ['-xzf', join(home, filename), '-C', home])
      cpSync(join(home, 'package'), at, { recursive: true })
    }
    return join(at, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
