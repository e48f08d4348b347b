// Several users at one driver: another user's program, which knows nothing of this package, beside
// ours. Needs root, to be somebody else.
import { chmod } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { atEnd } from '../../../../test/support/at-end.js'
import { cannotBeNobody, NOBODY, nobody } from '../../../../test/support/nobody.js'
import { DriverHost } from '../domain/host.js'
import { forAllUsers } from '../ipc/endpoint.js'
import { IpcDriver } from '../ipc/ipc-driver.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { ownFolder } from '../testing/served.js'
import { serveDriver } from './server.js'

/** Passes lines on, both ways. */
const CLIENT = `
  const socket = require('node:net').connect(process.argv[1])
  process.stdin.pipe(socket).pipe(process.stdout)
`

it.skipIf(cannotBeNobody)(
  'keeps the users of one driver apart, and knows who each is',
  async () => {
    const folder = await ownFolder()
    atEnd(folder.remove)
    await chmod(folder.path, 0o755)
    const path = `${folder.path}/fsct.sock`
    const server = await serveDriver(new DriverHost(), { at: forAllUsers(`unix:${path}`) })
    atEnd(() => server.close())
    const root = await IpcDriver.connect({ at: server.endpoint })
    atEnd(() => root.close())
    const theirs = nobody(CLIENT, [path], { input: true })
    const { stdin, stdout } = theirs.child
    if (!stdin || !stdout) throw new Error('it has pipes')
    const lines = createInterface(stdout)[Symbol.asyncIterator]()
    const ask = async (method: string, params: object) => {
      stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 })}\n`)
      for (;;) {
        const line = (await lines.next()).value as string
        // What is pushed comes in between.
        const told = JSON.parse(line) as { method?: string; result?: unknown; error?: unknown }
        if (told.method === undefined) return told
      }
    }

    const mine = await root.registerPlayer('of root')
    const { result: other } = await ask('register_player', { self_id: 'of nobody' })
    expect(other).toBe(mine + 1)
    expect(await ask('update_player_status', { player_id: mine, status: 'playing' })).toMatchObject(
      {
        error: { message: `player_id ${mine} not registered for this connection` },
      },
    )
    expect(await ask('set_preferred_player', { player_id: mine })).toMatchObject({
      error: { message: `player_id ${mine} not registered` },
    })
    const { result } = await ask('list_players', {})
    expect(result).toMatchObject([{ player_id: other, self_id: 'of nobody' }])

    // A device of the machine's shows everybody's players; root, which looks after it, sees whose.
    const device = new RecordingDevice('of the machine')
    server.host.attach(device)
    await ask('update_player_metadata', {
      player_id: other,
      metadata_id: 'current_title',
      text: 'Theirs',
    })
    await ask('update_player_status', { player_id: other, status: 'playing' })
    expect(device.state.texts.title).toBe('Theirs')
    const status = await root.status()
    expect(status.players.map(({ owner }) => owner)).toEqual([
      { uid: 0, pid: process.pid },
      { uid: NOBODY, pid: theirs.pid },
    ])
    stdin.end()
    await expect.poll(() => server.host.status().players.length).toBe(1)
  },
)
