// A connection to a driver in one of the three generations of the wire, used in the words of the first.
// Which one the driver speaks is found out unless it is told.
import {
  type Client,
  type ClientConnection,
  type ConnectOptions,
  connect,
  type Duration,
  implement,
  isTielineError,
  msgpackRpc,
  systemClock,
} from 'tieline'
import type { DeviceInfo, ProtocolVersion } from '../domain/types.js'
import { untilFirst } from '../watchers/wait.js'
import {
  PlayerDriver as FirstGeneration,
  type PlayerDriver,
  PlayerDriverClient,
} from './contract.js'
import { PlayerDriverClientJson, PlayerDriverJson, playerDriverJsonRpc } from './json-contract.js'
import { devicesInJson, forgivingQueueTexts } from './json-devices.js'
import { jsonClient, jsonForms, jsonLayer } from './json-forms.js'
import { timeOffset } from './time-sync.js'
import { systemTimes, type Times } from './unix-times.js'
import { checkVersion } from './version.js'
import { readDevice } from './wire-listings.js'

/** 1: MessagePack-RPC; 2: JSON-RPC; 3: JSON-RPC with time sync. */
export type Generation = 1 | 2 | 3

export interface Link {
  readonly client: Client<typeof PlayerDriver>
  readonly connection: ClientConnection
  readonly generation: Generation
  readonly version: ProtocolVersion
  devices(): Promise<DeviceInfo[]>
}

/** One of them, or 2 or 3 as is found. */
export type WantedGeneration = Generation | 'json'

export interface LinkOptions extends Pick<ConnectOptions, 'at' | 'signal' | 'limits' | 'clock'> {
  readonly generation?: WantedGeneration | undefined
  /** For each connection that is tried, and its first call. */
  readonly timeout: Duration
  readonly times?: Times | undefined
  /** What the driver may call. */
  readonly handlers: Parameters<typeof implement<typeof PlayerDriverClientJson>>[1]
  /** The link is over. Not told of connections that were only tried. */
  readonly closed: (error: Error | undefined) => void
}

/**
 * Milliseconds until a driver that has not answered in generation 1 is asked in JSON as well. 1 s: one
 * that speaks JSON alone waits for the end of the line, in silence; a busy one may yet answer.
 */
const PROBE_MS = 1000

/**
 * Connects, asks for the version first and, in generation 3, for the time. Without a generation the
 * first is tried, then the others, too, on a second connection. Rejects as `IpcDriver.connect` says.
 */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { generation } = options
  if (generation === 1) return openFirst(options)
  if (generation !== undefined) return openJson(options)
  return openEither(options)
}

/** How it fails when the other side speaks JSON alone. */
const ANOTHER_TONGUE = ['deadline-exceeded', 'malformed', 'connection-lost'] as const

/** Whichever generation is answered first. */
async function openEither(options: LinkOptions): Promise<Link> {
  const { clock = systemClock, signal } = options
  const stop = { first: new AbortController(), json: new AbortController() }
  const until = (end: AbortSignal, open: (options: LinkOptions) => Promise<Link>) =>
    untilFirst(signal ? [signal, end] : [end], (first) => open({ ...options, signal: first }))
  const first = until(stop.first.signal, openFirst)
  const silent = new Promise<undefined>((resolve) => {
    const timer = clock.after(PROBE_MS, () => resolve(undefined))
    const over = () => timer.cancel()
    first.then(over, over)
  })
  const failed = (error: unknown): undefined => {
    const canTry = ANOTHER_TONGUE.some((code) => isTielineError(error, code))
    if (signal?.aborted || !canTry) throw error
  }
  const link = await Promise.race([first.catch(failed), silent])
  if (link !== undefined) return link
  const json = until(stop.json.signal, openJson)
  try {
    const found = await Promise.any([first, json])
    const [loser, end] = found.generation === 1 ? [json, stop.json] : [first, stop.first]
    end.abort(new Error('the driver answered in another generation of the wire'))
    // One that was made in the same moment.
    loser.then(
      ({ connection }) => connection.close(),
      () => {},
    )
    return found
  } catch (error) {
    const [reason, inJson] = (error as AggregateError).errors as unknown[]
    // One that could be asked in JSON has said what is wrong.
    throw isTielineError(inJson, 'version-mismatch') ? inJson : reason
  }
}

async function openFirst(options: LinkOptions): Promise<Link> {
  const { device_changed: _, ...handlers } = options.handlers
  const end = new End(options.closed)
  const client = await connect(FirstGeneration, {
    ...connecting(options, end),
    protocol: msgpackRpc(),
    offers: implement(PlayerDriverClient, handlers),
  })
  const { $connection: connection } = client
  return end.after(connection, async () => ({
    client,
    connection,
    generation: 1,
    version: await askVersion(client, connection, options),
    devices: async () => (await client.list_devices()).map(readDevice),
  }))
}

async function openJson(options: LinkOptions): Promise<Link> {
  const { handlers, times = systemTimes } = options
  const end = new End(options.closed)
  const reading = jsonForms(times)
  const plain = await connect(PlayerDriverJson, {
    ...connecting(options, end),
    protocol: playerDriverJsonRpc(),
    offers: implement(PlayerDriverClientJson, handlers, { layers: [jsonLayer(reading)] }),
  })
  const { $connection: connection } = plain
  return end.after(connection, async () => {
    const version = await askVersion(plain, connection, options)
    const offset = options.generation === 2 ? undefined : await askOffset(plain, options, times)
    const drivers =
      offset === undefined
        ? undefined
        : { wallNs: times.wallNs, monoNs: () => times.monoNs() + offset }
    const forms = drivers ? jsonForms(drivers, true) : reading
    const json = jsonClient(PlayerDriverJson, plain, forms)
    return {
      client: forgivingQueueTexts(json),
      connection,
      generation: drivers ? 3 : 2,
      version,
      devices: () => devicesInJson(json),
    }
  })
}

/** Undefined for a driver of generation 2, unless generation 3 was asked for. */
async function askOffset(
  client: Pick<Client<typeof PlayerDriverJson>, 'get_timesync'>,
  { timeout, signal, generation }: LinkOptions,
  times: Times,
): Promise<number | undefined> {
  try {
    const ask = () => client.get_timesync(undefined, { timeout, ...(signal && { signal }) })
    return await timeOffset(ask, times)
  } catch (error) {
    if (generation !== 3 && isTielineError(error, 'unknown-method')) return undefined
    throw error
  }
}

async function askVersion(
  client: Pick<Client<typeof PlayerDriver>, 'get_protocol_version'>,
  { endpoint }: ClientConnection,
  { timeout, signal }: LinkOptions,
): Promise<ProtocolVersion> {
  const options = { timeout, ...(signal && { signal }) }
  return checkVersion(await client.get_protocol_version(undefined, options), endpoint)
}

function connecting({ at, timeout, signal, limits, clock }: LinkOptions, end: End) {
  return {
    at,
    timeout,
    reconnect: false,
    whileDisconnected: 'fail',
    observe: { closed: ({ why }: { why: { error?: Error | undefined } }) => end.came(why.error) },
    ...(limits && { limits }),
    ...(signal && { signal }),
    ...(clock && { clock }),
  } as const
}

/** The end of a connection, which is told once it is the one that is used. */
class End {
  readonly #told: (error: Error | undefined) => void
  #inUse = false
  #came: { readonly error: Error | undefined } | undefined

  constructor(told: (error: Error | undefined) => void) {
    this.#told = told
  }

  came(error: Error | undefined): void {
    this.#came ??= { error }
    if (this.#inUse) this.#told(error)
  }

  /** The link, if it can be made; else the connection is ended. */
  async after(connection: ClientConnection, made: () => Promise<Link>): Promise<Link> {
    try {
      const link = await made()
      this.#inUse = true
      if (this.#came) this.#told(this.#came.error)
      return link
    } catch (error) {
      connection.abort(error as Error)
      throw error
    }
  }
}
