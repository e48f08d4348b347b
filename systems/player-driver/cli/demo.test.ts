// `player-driver demo`: three processes that end together, whichever of them ends first and however.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { ownFolder } from '../../../test/support/at-end.js'
import { Program, processesWith, processOf, type Spawn } from './program.test.helper.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PATIENCE = { timeout: 30_000, interval: 20 }

/** A demo in a folder of its own for what is temporary, so that what it leaves is seen. */
async function demo(argv: string[], options: Spawn = {}) {
  const folder = ownFolder()
  const program = new Program(options.command ? argv : ['demo', ...argv], {
    ...options,
    // From Node 22 on, npm leaves a cache of its code there.
    env: { TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
  })
  const nothingIsLeft = async (): Promise<void> => {
    await vi.waitFor(() => expect(processesWith(folder)).toEqual([]), PATIENCE)
    expect(readdirSync(folder)).toEqual([])
  }
  return { program, folder, nothingIsLeft }
}

it('--once exits 0 when a track has come through all three processes', async () => {
  const command = ['npx', 'player-driver', 'demo'] as const
  const { program, nothingIsLeft } = await demo(['--once'], { command: [...command], cwd: ROOT })
  expect((await program.ended()).code).toBe(0)
  expect(program.out).toMatch(/^player driver at unix:\S+\n/)
  expect(program.out).toMatch(
    /npx tieline call unix:\S+ get_protocol_version --protocol msgpack-rpc\n/,
  )
  expect(program.out).toMatch('playing  Morning at the Socket  The Half-Duplex Trio  0:00/0:42\n')
  await nothingIsLeft()
})

it('exits 1 when nothing was played in time', async () => {
  const { program, folder, nothingIsLeft } = await demo([
    '--once',
    '--timeout',
    '500ms',
    'mpv:none',
  ])
  expect(folder).not.toBe('')
  expect((await program.ended()).code).toBe(1)
  expect(program.err).toMatch('the display ended (exit code 4)\n')
  expect(program.err).toMatch('display: player-driver: no track was played within 500ms\n')
  await nothingIsLeft()
})

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends cleanly on %s', async (signal) => {
  const { program, nothingIsLeft } = await demo([])
  await program.said('playing  Morning')
  expect((await program.end(signal)).code).toBe(0)
  expect(program.err).toBe('')
  await nothingIsLeft()
})

it.each([
  ['driver', 'driver'],
  ['watcher', 'watch'],
  ['display', 'display'],
])('says that the %s was killed, ends the others and exits 1', async (name, word) => {
  const { program, folder, nothingIsLeft } = await demo([])
  await program.said('playing  Morning')
  process.kill(processOf(folder, word), 'SIGKILL')
  expect((await program.ended()).code).toBe(1)
  expect(program.err).toMatch(`player-driver: the ${name} ended (killed by SIGKILL)\n`)
  await nothingIsLeft()
})

it('takes its parts with it when it is killed itself', async () => {
  const { program, folder } = await demo([])
  await program.said('playing  Morning')
  expect(processesWith(folder)).toHaveLength(3)
  await program.end('SIGKILL')
  await vi.waitFor(() => expect(processesWith(folder)).toEqual([]), PATIENCE)
  // The driver has removed its socket; the folder around it is all that is left.
  const [own] = readdirSync(folder)
  expect(readdirSync(`${folder}/${own}`)).toEqual([])
})
