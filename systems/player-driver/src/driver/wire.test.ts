// Generation 1 on the wire: the recorded bytes, and every refusal in its words, spoken by hand.
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { codeOfText } from '../domain/errors.js'
import { IpcDriver } from '../ipc/ipc-driver.js'
import { ownFolder, type ServedDriver, servedDriver } from '../testing/served.js'

interface Frame {
  readonly say: string
  readonly hex: string
}

const golden = new URL('../../../../test/golden/fsct.json', import.meta.url)
const { frames } = JSON.parse(await readFile(golden, 'utf8')) as { frames: Frame[] }
const frame = (say: string) => {
  const found = frames.find((each) => each.say.startsWith(say))
  return Buffer.from(found?.hex ?? '', 'hex')
}
const versionRequest = frame('get_protocol_version request')
const versionResponse = frame('its response')
const registerRequest = frame('register_player request')
const unknownMethod = frame('error response')

/** Reads exactly so many bytes. */
async function read(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null
    if (chunk) return chunk
    await new Promise((resolve) => socket.once('readable', resolve))
  }
}

describe('the recorded bytes', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  it('has them all', () => {
    expect(frames).toHaveLength(4)
  })

  it('answers the version with them, however they come', async () => {
    const served = await servedDriver()
    const socket = connect(served.endpoint.replace('unix:', ''))
    ends.push(served.close, () => void socket.destroy())
    socket.write(versionRequest)
    expect(await read(socket, versionResponse.length)).toEqual(versionResponse)
    for (const byte of versionRequest) {
      socket.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await read(socket, versionResponse.length)).toEqual(versionResponse)
  })

  it('answers a registration with the id 1, and an unknown method in its words', async () => {
    const served = await servedDriver()
    const socket = connect(served.endpoint.replace('unix:', ''))
    ends.push(served.close, () => void socket.destroy())
    socket.write(registerRequest)
    // [1, 2, nil, 1]
    expect(await read(socket, 5)).toEqual(Buffer.from('940102c001', 'hex'))
    // [0, 3, "nope", []]
    socket.write(Buffer.from('940003a46e6f706590', 'hex'))
    expect(await read(socket, unknownMethod.length)).toEqual(unknownMethod)
  })

  it('asks with them', async () => {
    const folder = await ownFolder()
    const driver = createServer()
    const connected = new Promise<Socket>((resolve) => driver.once('connection', resolve))
    await new Promise<void>((done) => driver.listen(`${folder.path}/fsct.sock`, done))
    ends.push(folder.remove, () => void driver.close())
    const connecting = IpcDriver.connect({ at: `unix:${folder.path}/fsct.sock` })
    const socket = await connected
    ends.push(() => void socket.destroy())
    expect(await read(socket, versionRequest.length)).toEqual(versionRequest)
    socket.write(versionResponse)
    const client = await connecting
    const registered = client.registerPlayer('demo')
    expect(await read(socket, registerRequest.length)).toEqual(registerRequest)
    socket.write(Buffer.from('940102c007', 'hex'))
    expect(await registered).toBe(7)
    const refused = client.registerPlayer('demo')
    await read(socket, registerRequest.length)
    socket.write(unknownMethod)
    await expect(refused).rejects.toMatchObject({
      code: 'unknown-method',
      message: 'unknown method: nope',
    })
  })
})

describe('what is refused', () => {
  let served: ServedDriver
  beforeAll(async () => {
    served = await servedDriver()
  })
  afterAll(() => served.close())

  const uuid = new Uint8Array(16)
  const timeline = { position_ms: 0, update_unix_ms: 0, duration_ms: 0, rate: 1 }
  const state = { status: 1, timeline: null, texts: {} }
  const device = { vendor_id: 1, product_id: 2, serial_number: 'x', name: null, manufacturer: null }

  const refusals: [method: string, params: unknown[], message: string][] = [
    ['nope', [], 'unknown method: nope'],
    ['constructor', [], 'unknown method: constructor'],
    ['get_protocol_version', [1], 'params not expected'],
    ['get_preferred_player', [null], 'params not expected'],
    ['register_player', [], 'expected 1 param(s): self_id'],
    ['register_player', ['a', 'b'], 'expected 1 param(s): self_id'],
    ['register_player', [7], 'invalid param: self_id must be string'],
    ['unregister_player', [], 'expected 1 param(s): player_id'],
    ['unregister_player', ['1'], 'invalid param: player_id must be integer'],
    ['unregister_player', [1.5], 'invalid param: player_id must be integer'],
    ['unregister_player', [null], 'invalid param: player_id must be integer'],
    ['unregister_player', [0], 'invalid player_id: must be non-zero'],
    ['unregister_player', [-1], 'invalid player_id: must be from 1 to 4294967295'],
    ['unregister_player', [2 ** 32], 'invalid player_id: must be from 1 to 4294967295'],
    ['unregister_player', [2 ** 60], 'invalid player_id: must be from 1 to 4294967295'],
    ['unregister_player', [9], 'player_id 9 not registered for this connection'],
    ['assign_player_to_device', [1], 'expected 2 param(s): player_id, device_id'],
    ['assign_player_to_device', [1, 'x'], 'invalid param: device_id must be binary'],
    [
      'assign_player_to_device',
      [1, new Uint8Array(15)],
      'invalid device_id: uuid binary must be 16 bytes',
    ],
    ['assign_player_to_device', [9, uuid], 'player_id 9 not registered for this connection'],
    [
      'unassign_player_from_device',
      [1, uuid],
      'player_id 1 not assigned to the device 00000000-0000-0000-0000-000000000000',
    ],
    ['update_player_state', [1], 'expected 2 param(s): player_id, state'],
    ['update_player_state', [1, []], 'invalid PlayerState: expected map'],
    ['update_player_state', [1, { ...state, title: 'x' }], 'invalid player state key: title'],
    ['update_player_state', [1, { ...state, status: 6 }], 'invalid status code: 6'],
    ['update_player_state', [1, { ...state, texts: [] }], 'invalid texts: texts must be map'],
    ['update_player_state', [1, { ...state, texts: { t: 'x' } }], 'invalid text key: t'],
    [
      'update_player_state',
      [1, { ...state, timeline: { rate: 1 } }],
      'timeline missing position_ms',
    ],
    ['update_player_status', [1, 'playing'], 'invalid FsctStatus: expected integer'],
    ['update_player_status', [1, 14], 'invalid status code: 14'],
    ['update_player_timeline', [1, 5], 'invalid TimelineInfo: expected map or nil'],
    [
      'update_player_timeline',
      [1, { ...timeline, rate: 'fast' }],
      'invalid timeline rate: must be a finite number',
    ],
    ['update_player_timeline', [1, { ...timeline, pos: 1 }], 'invalid timeline key: pos'],
    ['update_player_metadata', [1, 1], 'expected 3 param(s): player_id, metadata_id, text'],
    ['update_player_metadata', [1, 5, 'x'], 'invalid text metadata id: 5'],
    ['update_player_metadata', [1, '1', 'x'], 'invalid FsctTextMetadata: expected integer'],
    ['update_player_metadata', [1, 1, 5], 'invalid text: must be string or nil'],
    [
      'update_player_metadata',
      [1, 1, 'x'.repeat(4097)],
      'text has 4097 characters, the limit is 4096',
    ],
    ['get_player_assigned_device', [9], 'player_id 9 not registered for this connection'],
    ['set_preferred_player', [9], 'player_id 9 not registered'],
    ['set_preferred_player', ['1'], 'invalid param: player_id must be integer'],
    ['subscribe_events', [0], 'invalid subscription: must be an integer from 1'],
    ['unsubscribe_events', ['x'], 'invalid subscription: must be an integer from 1'],
    ['attach_device', ['x'], 'invalid device: expected map'],
    [
      'attach_device',
      [{ ...device, vendor_id: 65536 }],
      'invalid vendor_id: must be an integer from 0 to 65535',
    ],
    ['attach_device', [{ ...device, name: 7 }], 'invalid name: must be string or nil'],
    [
      'attach_device',
      [{ ...device, serial_number: 'x'.repeat(257) }],
      'serial_number has 257 characters, the limit is 256',
    ],
    [
      'attach_device',
      [{ ...device, device_id: uuid }],
      'invalid device_id: not the one of this vendor, product and serial number',
    ],
    ['detach_device', [7], 'invalid param: device_id must be binary'],
  ]

  it.each(refusals.map(([method, params, text]) => ({ method, params, text })))(
    '$method: $text',
    async ({ method, params, text }) => {
      const peer = await served.dial()
      const player = await peer.call('register_player', ['demo'])
      const mine = params[0] === 1 ? [player, ...params.slice(1)] : params
      const message = text.replace('player_id 1 ', `player_id ${player} `)
      await expect(peer.call(method, mine)).rejects.toMatchObject({ origin: 'remote', message })
      expect(codeOfText(message)).toBeDefined()
      // The connection goes on.
      expect(await peer.call('get_protocol_version', [])).toEqual({ major: 1, minor: 0 })
      await peer.close()
    },
  )

  it('takes what a state leaves out as none, and nil for undefined parts', async () => {
    const peer = await served.dial()
    const player = await peer.call('register_player', ['demo'])
    expect(await peer.call('update_player_state', [player, {}])).toBeNull()
    expect(await peer.call('update_player_timeline', [player, null])).toBeNull()
    expect(await peer.call('get_player_assigned_device', [player])).toBeNull()
    expect(await peer.call('set_preferred_player', [player])).toBeNull()
    expect(await peer.call('get_preferred_player', [])).toBe(player)
  })
})
