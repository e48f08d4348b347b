// Every mistake has one clear line: what was wrong, where, what to do; no stack, nothing private. All of
// them on one page, docs/messages.md, to be read as one who made that mistake.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call, contract, fail, type Server, serve, stream, type } from 'tieline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MISTAKES } from './mistakes.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const BINS: Readonly<Record<string, string>> = {
  tieline: 'packages/tieline/bin/tieline.cjs',
  superctl: 'systems/supervisor/bin/superctl.js',
  'player-driver': 'systems/player-driver/bin/player-driver.js',
  'file-channel': 'systems/file-channel/bin/file-channel.js',
  'channel-host': 'systems/channel-host/bin/channel-host.js',
  'web-bridge': 'systems/web-bridge/bin/web-bridge.js',
}
/** Characters of a line that a person still reads at a glance. */
const LONGEST = 240
/** As many commands at once as there are cores on a small machine. */
const AT_ONCE = 4

interface Outcome {
  readonly program: string
  readonly what: string
  readonly line: string
  readonly lines: readonly string[]
  readonly code: number | null
  readonly printed: string
}

const Echo = contract({
  name: 'echo',
  version: '1.0',
  methods: {
    hello: call({ input: z.object({ name: z.string() }), output: z.string() }),
    fail: call({ output: type<never>() }),
    refuse: call({ output: type<never>(), errors: { 'out-of-tea': true } }),
    sleep: call({ output: type<never>() }),
    ticks: stream({ output: type<number>() }),
  },
})

let home: string
let server: Server
const outcomes: Outcome[] = []

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tl-'))
  server = await serve(
    Echo,
    {
      hello: ({ name }) => `Hello ${name}`,
      fail: () => {
        throw new Error('the secret is 1234')
      },
      refuse: () => {
        throw fail('out-of-tea', 'there is no tea left')
      },
      sleep: () => new Promise<never>(() => {}),
      async *ticks() {
        yield 1
      },
    },
    { at: `unix:${home}/echo.sock` },
  )
  await staleSocket(join(home, 'stale.sock'))
  writeFileSync(join(home, 'file.txt'), 'hello')
  writeFileSync(join(home, 'app.json'), '{ "apps": [{ "name": "web" }] }')
  writeFileSync(join(home, 'empty.mjs'), 'export {}')
  writeFileSync(join(home, 'throws.mjs'), "throw new Error('no database')")
  const library = import.meta.resolve('tieline')
  const greeter = `import { contract } from '${library}'
    export { it as contract }
    const it = contract({ name: 'greeter', version: '1.0', methods: {} })
    export const handlers = {}`
  writeFileSync(join(home, 'greeter.mjs'), greeter)
  mkdirSync(join(home, 'open'))
  chmodSync(join(home, 'open'), 0o777)
  const queue = Object.entries(MISTAKES).flatMap(([program, mistakes]) =>
    mistakes.map(([what, line]) => ({ program, what, line })),
  )
  const outcomesOf = new Map<object, Outcome>()
  const worker = async (): Promise<void> => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      outcomesOf.set(next, await tried(next.program, next.what, next.line))
    }
  }
  const todo = [...queue]
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  outcomes.push(...queue.map((one) => outcomesOf.get(one) as Outcome))
}, 240_000)

afterAll(async () => {
  await server?.close()
  // What was asked of superctl has started its daemon.
  await tried('superctl', 'its end', 'superctl kill')
  rmSync(home, { recursive: true, force: true })
})

describe('a mistake at a command', () => {
  const all = Object.values(MISTAKES)
    .flat()
    .map(([what, line], at) => [line.split(' ')[0], what, at] as const)

  it.each(all)('%s: %s: is answered by one clear line and an exit code', (program, _, at) => {
    const { lines, code, printed } = outcomes[at] as Outcome
    expect(lines.length, lines.join('\n')).toBe(1)
    const [line = ''] = lines
    expect(line.startsWith(`${program}: `), line).toBe(true)
    expect(line.length, line).toBeLessThanOrEqual(LONGEST)
    expect(line).not.toMatch(
      /\.js:\d+|\bat \S+ \(|\bundefined\b|\[object|1234|\bE(?!NDPOINT)[A-Z]{3,}: /,
    )
    expect([1, 2, 3, 4]).toContain(code)
    expect(printed).toBe('')
  })

  it.runIf(process.platform === 'linux')('is on one page, as it reads now', async () => {
    await expect(page(outcomes)).toMatchFileSnapshot(join(root, 'docs/messages.md'))
  })
})

/** Runs a command line of the table; what it said on stderr, with the test's own folder as `~`. */
function tried(program: string, what: string, line: string): Promise<Outcome> {
  const [, ...words] = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )
  const argv = words.map((word) => word.replaceAll('~', home))
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: home,
    SUPERCTL_STATE: join(home, 'state'),
  }
  const bin = join(root, BINS[program] as string)
  const child = spawn(process.execPath, [bin, ...argv], {
    env,
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  // What goes on here has not seen the mistake.
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(late)
      const lines = said
        .replaceAll(home, '~')
        .replace(/process \d+/g, 'process 4711')
        .replace(/has \d+ bytes/, 'has 135 bytes')
        // Node 22 and later add it.
        .replace(/(JSON at position \d+) \(line \d+ column \d+\)/, '$1')
        .split('\n')
        .filter((one) => one !== '')
      resolve({ program, what, line, lines, code, printed })
    })
  })
}

/** A socket that nobody answers: as one killed leaves it. */
async function staleSocket(path: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
  await new Promise((resolve) => child.on('close', resolve))
}

function page(all: readonly Outcome[]): string {
  const sections = Object.keys(MISTAKES).map((program) => {
    const entries = all
      .filter((one) => one.program === program)
      .map(({ what, line, lines, code }) => {
        const shown = line.replace(/x{50,}/, 'xxx…')
        const answer = lines.join('\n').replace(/x{50,}/g, 'xxx…')
        return `**${what}** (exit code ${code})\n\n\`\`\`text\n$ ${shown}\n${answer}\n\`\`\`\n`
      })
    return `## ${program}\n\n${entries.join('\n')}`
  })
  return `# Messages

What each command says when something is wrong: one line on stderr, an exit code, nothing on stdout. The
tests make every one of these mistakes and write this page. \`~\` stands for a folder.

${sections.join('\n')}`
}
