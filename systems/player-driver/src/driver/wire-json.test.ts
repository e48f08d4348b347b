// Generations 2 and 3 on the wire: the recorded lines, spoken by hand, and what the driver says unasked.
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { atEnd } from '../../../../test/support/at-end.js'
import { RecordingDevice } from '../testing/recording-device.js'
import { servedDriver } from '../testing/served.js'

interface Exchange {
  readonly say: string
  readonly ask: string
  readonly answer: string
}

const golden = new URL('../../../../test/golden/fsct-json.json', import.meta.url)
const { exchanges } = JSON.parse(await readFile(golden, 'utf8')) as { exchanges: Exchange[] }
/** The clocks of the golden lines. */
const times = { wallNs: () => 1_700_000_000_000_000_000, monoNs: () => 9_000_000_000 }

async function started() {
  const served = await servedDriver({ server: { times } })
  atEnd(served.close)
  return served
}

/** A line at a time; undefined at the end. */
function dial(endpoint: string) {
  const socket: Socket = connect(endpoint.replace('unix:', ''))
  atEnd(() => void socket.destroy())
  // A connection that the driver breaks off is what some tests want.
  socket.on('error', () => {})
  const lines = (async function* () {
    let text = ''
    for await (const chunk of socket) {
      const parts = (text + String(chunk)).split('\n')
      text = parts.pop() ?? ''
      yield* parts
    }
  })()
  const line = async () => (await lines.next()).value as string | undefined
  const say = (text: string) => void socket.write(`${text}\n`)
  const ask = async (method: string, params: object, id = 1) => {
    say(JSON.stringify({ jsonrpc: '2.0', method, params, id }))
    return JSON.parse((await line()) ?? 'null') as { result?: unknown; error?: unknown }
  }
  return { socket, line, say, ask }
}

describe('the recorded lines', () => {
  it('answers each with its own', async () => {
    const served = await started()
    const { line, say } = dial(served.endpoint)
    for (const { say: what, ask, answer } of exchanges) {
      say(ask)
      expect({ what, answer: JSON.parse((await line()) ?? 'null') }).toEqual({
        what,
        answer: JSON.parse(answer),
      })
    }
  })

  it('answers them in order when they come at once, cut anywhere', async () => {
    const served = await started()
    const { socket, line } = dial(served.endpoint)
    const all = Buffer.from(exchanges.map(({ ask }) => `${ask}\n`).join(''))
    for (let at = 0; at < all.length; at += 97) {
      socket.write(all.subarray(at, at + 97))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const ids = []
    for (const _ of exchanges)
      ids.push((JSON.parse((await line()) ?? 'null') as { id: unknown }).id)
    expect(ids).toEqual(exchanges.map(({ answer }) => (JSON.parse(answer) as { id: unknown }).id))
  })
})

it('understands both timelines, and takes one without a moment for now', async () => {
  const served = await started()
  const { ask } = dial(served.endpoint)
  const player_id = (await ask('register_player', { self_id: 'demo' })).result
  const timeline = { position_ms: 1, duration_ms: 2, rate: 1 }
  const told = async (extra: object) => {
    await ask('update_player_timeline', { player_id, timeline: { ...timeline, ...extra } })
    return served.server.host.status().players[0]?.state.timeline?.updateUnixMs
  }
  expect(await told({ update_unix_ms: 1_699_999_999_000 })).toBe(1_699_999_999_000)
  expect(await told({ update_mono_ns: 5_000_000_000 })).toBe(1_699_999_996_000)
  expect(await told({})).toBe(1_700_000_000_000)
  expect(await told({ update_mono_ns: null })).toBe(1_700_000_000_000)
})

it('tells every JSON-RPC connection of devices that come and go, with the same id each time', async () => {
  const served = await started()
  const [one, two] = [dial(served.endpoint), dial(served.endpoint)]
  await Promise.all([one, two].map(({ ask }) => ask('get_protocol_version', {})))
  const device = new RecordingDevice('serial')
  for (const _ of ['attached', 'and again']) {
    const detach = served.server.host.attach(device)
    detach()
  }
  const { id } = device.info
  const changed = (event: string) => ({
    jsonrpc: '2.0',
    method: 'device_changed',
    params: { event, device_id: id },
  })
  for (const { line } of [one, two]) {
    for (const event of ['added', 'removed', 'added', 'removed']) {
      expect(JSON.parse((await line()) ?? 'null')).toEqual(changed(event))
    }
  }
  served.server.host.attach(device)
  await one.line()
  expect((await one.ask('get_detected_devices', {})).result).toEqual([id])
  expect((await one.ask('get_device_info', { device_id: id })).result).toEqual({
    id,
    name: 'Device serial',
    vendor_id: 0xfffe,
    product_id: 0x7e57,
    serial_number: 'serial',
  })
})

it('answers a line that is no JSON with -32700 and the id null, and goes on', async () => {
  const served = await started()
  const { line, say, ask } = dial(served.endpoint)
  say('{"jsonrpc":')
  expect(JSON.parse((await line()) ?? 'null')).toEqual({
    jsonrpc: '2.0',
    error: { code: -32700, message: expect.stringMatching(/^parse error: /) },
    id: null,
  })
  expect((await ask('get_protocol_version', {})).result).toEqual({ major: 1, minor: 0 })
})

it('takes a line of 1 MiB and ends a connection with a longer one', async () => {
  const served = await started()
  const { line, say } = dial(served.endpoint)
  const begin = '{"jsonrpc":"2.0","method":"get_protocol_version","id":1,"params":{"x":"'
  const fill = (bytes: number) => `${begin}${'x'.repeat(bytes - begin.length - 3)}"}}`
  say(fill(1024 * 1024))
  expect(JSON.parse((await line()) ?? 'null')).toMatchObject({ id: 1, result: { major: 1 } })
  say(fill(1024 * 1024 + 1))
  const last = await line()
  expect(last === undefined || (JSON.parse(last) as { id: unknown }).id === null).toBe(true)
  if (last !== undefined) expect(await line()).toBeUndefined()
})

it('unregisters the players of a connection that ends', async () => {
  const served = await started()
  const { socket, ask } = dial(served.endpoint)
  await ask('register_player', { self_id: 'demo' })
  expect(served.server.host.status().players).toHaveLength(1)
  socket.end()
  await expect.poll(() => served.server.host.status().players).toEqual([])
})
