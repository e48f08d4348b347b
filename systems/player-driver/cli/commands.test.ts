// The commands as processes that know of each other by a socket only.
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { atEnd, ownFolder } from '../../../test/support/at-end.js'
import { IpcDriver } from '../src/ipc/ipc-driver.js'
import { Program, type Spawn } from './program.test.helper.js'

/** A place for a driver, and programs that look for it there. */
async function place() {
  const folder = ownFolder()
  const at = `${folder}/fsct.sock`
  const run = (argv: string[], options: Spawn = {}) => {
    const env = { FSCT_IPC_ENDPOINT: at, ...options.env }
    return new Program(argv, { ...options, env })
  }
  const driver = async () => {
    const program = run(['driver'])
    await program.said('player driver at')
    return program
  }
  const client = async () => {
    const connected = await IpcDriver.connect({ at: `unix:${at}` })
    atEnd(() => connected.close())
    return connected
  }
  return { folder, at, run, driver, client }
}

const PATIENCE = { timeout: 30_000, interval: 20 }

describe('driver', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says in one line where it listens, and on %s drains, removes its socket and exits 0',
    async (signal) => {
      const { at, driver, client } = await place()
      const program = await driver()
      expect(program.out).toBe(`player driver at unix:${at} (protocol 1.0, pid ${program.pid})\n`)
      const connected = await client()
      await connected.registerPlayer('mpv')
      expect((await program.end(signal)).code).toBe(0)
      expect(existsSync(at)).toBe(false)
      expect(program.err).toBe('')
      await vi.waitFor(() => expect(connected.lost.aborted).toBe(true), PATIENCE)
    },
  )

  it('refuses a place that is taken, and leaves it alone', async () => {
    const { at, run, driver, client } = await place()
    const first = await driver()
    const second = run(['driver'])
    expect((await second.ended()).code).toBe(3)
    expect(second.err).toBe(
      `player-driver: unix:${at} is in use: process ${first.pid} listens there; is a driver running? See: player-driver status\n`,
    )
    await client()
  })

  it('takes the place of one that was killed', async () => {
    const { at, driver, client } = await place()
    const first = await driver()
    await first.end('SIGKILL')
    expect(existsSync(at)).toBe(true)
    await driver()
    await client()
  })

  it('listens in XDG_RUNTIME_DIR when FSCT_IPC_ENDPOINT is blank', async () => {
    const { folder, run } = await place()
    const program = run(['driver'], { env: { FSCT_IPC_ENDPOINT: ' ', XDG_RUNTIME_DIR: folder } })
    await program.said(`player driver at local:fsct `)
    expect(readdirSync(`${folder}/fsct`)).toContain('fsct.sock')
    expect((await program.end('SIGTERM')).code).toBe(0)
  })
})

describe('display', () => {
  it('writes a line for each change into a pipe, and 130 is its end on Ctrl-C', async () => {
    const { run, driver, client } = await place()
    await driver()
    const display = run(['display', '--name', 'Kitchen', '--serial', 'k'])
    await display.said('nothing is playing\n')
    const watcher = await client()
    // It is attached a moment after it has begun to draw.
    await vi.waitFor(
      async () =>
        expect(await watcher.devices()).toMatchObject([{ name: 'Kitchen', serialNumber: 'k' }]),
      PATIENCE,
    )
    const player = await watcher.registerPlayer('mpv')
    const texts = { title: 'T\x1b[2J', artist: 'A', album: null, genre: null }
    await watcher.updatePlayerState(player, { status: 1, timeline: null, texts })
    await display.said('playing  T  A\n')
    await watcher.updatePlayerStatus(player, 2)
    await display.said('paused  T  A\n')
    expect((await display.end('SIGINT')).code).toBe(130)
    expect(display.out).toBe('nothing is playing\nplaying  T  A\npaused  T  A\n')
    expect(display.err).toBe('')
  })

  it('comes back when the driver was killed and started again, and says so', async () => {
    const { at, run, driver } = await place()
    const first = await driver()
    const display = run(['display'])
    const watcher = run(['watch', 'demo'])
    await display.said('playing  Morning at the Socket')
    await first.end('SIGKILL')
    await display.said('lost the driver, trying again: ')
    await display.said(/0:42\nnothing is playing\n/)
    await watcher.said('lost the driver, trying again: ')
    await driver()
    await display.said(/(nothing is playing\n(playing .*\n)+){2}/)
    expect(display.err).toMatch(`connected again to the driver at unix:${at}\n`)
    expect(watcher.out).toMatch(`connected again to the driver at unix:${at}\n`)
    expect((await watcher.end('SIGTERM')).code).toBe(143)
  })

  it('is let go of when it is killed', async () => {
    const { run, driver, client } = await place()
    await driver()
    const display = run(['display'])
    const connected = await client()
    await vi.waitFor(async () => expect(await connected.devices()).toHaveLength(1), PATIENCE)
    await display.end('SIGKILL')
    await vi.waitFor(async () => expect(await connected.devices()).toEqual([]), PATIENCE)
  })

  it('is refused a serial number that another display has', async () => {
    const { run, driver, client } = await place()
    await driver()
    run(['display', '--serial', 'k'])
    const connected = await client()
    await vi.waitFor(async () => expect(await connected.devices()).toHaveLength(1), PATIENCE)
    const second = run(['display', '--serial', 'k'])
    expect((await second.ended()).code).toBe(1)
    expect(second.err).toMatch(/^player-driver: device [0-9a-f-]{36} is attached already\n$/)
  })

  it('with --once ends after a track that plays, or at its time limit with 4', async () => {
    const { run, driver } = await place()
    await driver()
    const late = run(['display', '--once', '--timeout', '100ms'])
    expect((await late.ended()).code).toBe(4)
    expect(late.err).toBe('player-driver: no track was played within 100ms\n')
    const display = run(['display', '--once'])
    await display.said('nothing')
    run(['watch', 'demo'])
    expect((await display.ended()).code).toBe(0)
    expect(display.out).toMatch(/playing {2}Morning at the Socket/)
  })
})

describe('watch', () => {
  it('takes its player away when it is killed', async () => {
    const { run, driver, client } = await place()
    await driver()
    const watcher = run(['watch', 'demo', '--name', 'radio'])
    await watcher.said('playing the built-in playlist\n')
    const connected = await client()
    const names = async () => (await connected.players()).map((info) => info.selfId)
    await vi.waitFor(async () => expect(await names()).toEqual(['radio']), PATIENCE)
    await watcher.end('SIGKILL')
    await vi.waitFor(async () => expect(await names()).toEqual([]), PATIENCE)
  })

  it('waits for mpv, saying once how to start it', async () => {
    const { folder, run, driver } = await place()
    await driver()
    const watcher = run(['watch', `mpv:${folder}/mpv.sock`])
    await watcher.said(`waiting for mpv --input-ipc-server=${folder}/mpv.sock\n`)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(watcher.out.trimEnd().split('\n')).toHaveLength(1)
    expect((await watcher.end('SIGINT')).code).toBe(130)
  })
})

describe('status', () => {
  it('shows players, devices and connections, as tables and as JSON', async () => {
    const { at, run, driver, client } = await place()
    const { pid } = await driver()
    const empty = run(['status'])
    expect((await empty.ended()).code).toBe(0)
    expect(empty.out).toMatch(`driver at unix:${at}  protocol 1.0  pid ${pid}  up 0:`)
    expect(empty.out).toMatch('no players\n\nno devices\n')
    const connected = await client()
    const player = await connected.registerPlayer('mpv')
    await connected.updatePlayerState(player, {
      status: 2,
      timeline: { positionMs: 61_000, updateUnixMs: 0, durationMs: 120_000, rate: 1.5 },
      texts: { title: 'T', artist: null, album: null, genre: null },
    })
    await connected.setPreferredPlayer(player)
    const table = run(['status'])
    expect((await table.ended()).code).toBe(0)
    const rows = table.out.split('\n').map((line) => line.split(/ {2,}/))
    expect(rows).toContainEqual(['PLAYER', 'NAME', 'STATUS', 'TITLE', 'TIME', 'RATE', 'UID', 'PID'])
    expect(rows).toContainEqual([
      '1 (preferred)',
      'mpv',
      'paused',
      'T',
      '1:01/2:00',
      '1.5x',
      String(process.getuid?.()),
      String(process.pid),
    ])
    expect(rows).toContainEqual(['UID', 'CONNECTIONS', 'PLAYERS', 'DEVICES', 'CALLS/S'])
    const json = run(['status', '--json'])
    await json.ended()
    expect(JSON.parse(json.out)).toMatchObject({
      protocol: { major: 1, minor: 0 },
      pid,
      players: [{ player_id: player, self_id: 'mpv', preferred: true }],
      devices: [],
    })
  })
})

describe('user', () => {
  it('forwards what it follows, and registers it again with a driver that was restarted', async () => {
    const { at, folder, run, driver } = await place()
    const first = await driver()
    const part = run(['user', 'demo', 'demo', '--at', `${folder}/user.sock`])
    await part.said(`connected to the driver at unix:${at}\n`)
    const titles = async () => {
      const status = run(['status', '--json'])
      await status.ended()
      const told = JSON.parse(status.out || '{"players":[]}') as { players: { self_id: string }[] }
      return told.players.map(({ self_id }) => self_id)
    }
    await vi.waitFor(async () => expect(await titles()).toEqual(['demo', 'demo']), PATIENCE)
    await first.end('SIGKILL')
    await part.said(/lost the driver, trying again/)
    await driver()
    await part.said(/connected again/)
    await vi.waitFor(async () => expect(await titles()).toEqual(['demo', 'demo']), PATIENCE)
    expect((await part.end('SIGTERM')).code).toBe(0)
  })
})

describe('what goes wrong', () => {
  it.each([
    [
      ['bogus'],
      "there is no command 'bogus'; there are driver, watch, display, user, status, demo",
    ],
    [['display', '--bogus'], 'display has no option --bogus'],
    [['display', '--width', 'x'], '--width x is no number from 1 up'],
    [['display', '--width'], '--width needs a value'],
    [['display', '--lines=yes'], '--lines takes no value'],
    [['display', '--timeout', '20'], '--timeout 20 has no unit; write 500ms, 5s, 2m or 1h'],
    [['display', 'extra'], "display has no place for 'extra'"],
    [['watch'], 'watch needs SOURCE'],
    [['user', 'demo', 'foo'], "watch knows no source 'foo'; there are mpv:PATH, mpris, demo"],
    [['watch', 'foo'], "watch knows no source 'foo'; there are mpv:PATH, mpris, demo"],
    [['watch', 'mpv:'], 'mpv: needs the path of its socket: mpv:PATH'],
    [['demo', 'foo'], "watch knows no source 'foo'; there are mpv:PATH, mpris, demo"],
  ])('is told in one line as wrong usage: %j', async (argv, text) => {
    const { run } = await place()
    const program = run(argv)
    expect((await program.ended()).code).toBe(2)
    expect(program.err).toMatch(new RegExp(`^player-driver: ${escaped(text)}[^\n]*--help[^\n]*\n$`))
    expect(program.err.split('--help')).toHaveLength(2)
    expect(program.out).toBe('')
  })

  it('names the endpoint that it was given in what to do about it', async () => {
    const { run, folder } = await place()
    const program = run(['status', '--at', `${folder}/other.sock`])
    expect((await program.ended()).code).toBe(3)
    expect(program.err).toMatch(`player-driver driver --at unix:${folder}/other.sock\n`)
  })

  it.each(['status', 'display', 'watch demo'])('without a driver %s exits 3', async (argv) => {
    const { at, run } = await place()
    const program = run(argv.split(' '))
    expect((await program.ended()).code).toBe(3)
    expect(program.err).toBe(
      `player-driver: nobody answers at unix:${at}: there is no ${at}; start the driver with: player-driver driver\n`,
    )
  })

  it('with a driver that says nothing it exits 4', async () => {
    const { at, run } = await place()
    const silent = createServer().listen(at)
    atEnd(() => silent.close())
    const program = run(['status', '--timeout', '200ms'])
    expect((await program.ended()).code).toBe(4)
    // On a busy machine the time may be over before the connection is noticed.
    expect(program.err).toMatch(/^player-driver: .*(get_protocol_version|did not answer).*\n$/)
  })
})

it.each([[], ['driver'], ['display'], ['watch'], ['user'], ['status'], ['demo']])(
  'teaches with an example: player-driver %s --help',
  async (...command) => {
    const program = new Program([...command, '--help'])
    expect((await program.ended()).code).toBe(0)
    expect(program.out).toMatch(/Example/)
    expect(program.out).toMatch(/\$ player-driver /)
    for (const line of program.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  },
)

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
