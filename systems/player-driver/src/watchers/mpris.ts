// Follows every MPRIS player on the session's D-Bus: each one that comes is a player of the driver's
// until it goes, and what it plays is told as it changes.
import { type Clock, isTielineError, systemClock } from 'tieline'
import { Backoff } from 'tieline/connector'
import type { FsctDriver } from '../domain/driver.js'
import { BUS, type Bus, type BusSignal, dictionary, openBus } from './dbus.js'
import {
  initialMpris,
  type MprisState,
  movesPosition,
  mprisPublication,
  withPosition,
  withProperties,
} from './mpris-state.js'
import { PlayerPublisher } from './publisher.js'
import { aborted, wait } from './wait.js'
import type { Watcher } from './watcher.js'

export type MprisChange =
  /** There is no bus, or no more; it is waited for. */
  | { readonly kind: 'waiting'; readonly error: Error }
  | { readonly kind: 'following' }
  | { readonly kind: 'player'; readonly name: string; readonly there: boolean }

export interface MprisWatcherOptions {
  /** Of the bus. DBUS_SESSION_BUS_ADDRESS unless told. */
  readonly address?: string
  /** What the players are called: their bus name's end ('mpv', 'spotify') unless told. */
  readonly selfId?: string
  readonly told?: (change: MprisChange) => void
  readonly clock?: Clock
  /** Unix milliseconds. */
  readonly unixNow?: () => number
}

const PREFIX = 'org.mpris.MediaPlayer2.'
const PATH = '/org/mpris/MediaPlayer2'
const PLAYER = 'org.mpris.MediaPlayer2.Player'
const PROPERTIES = 'org.freedesktop.DBus.Properties'
/** Players followed at once. 64: a desktop has a handful, and any program may take such a name. */
const MOST_PLAYERS = 64
/** Looking for a bus that is not there, at least every five seconds: one comes with a login. */
const LOOK = { base: 250, cap: 5000 } as const

/** `run` ends with its signal only, and rejects when the driver is lost. */
export function mprisWatcher(options: MprisWatcherOptions = {}): Watcher {
  const { clock = systemClock, told } = options
  return {
    async run(driver, signal) {
      const backoff = new Backoff(LOOK)
      let waiting = false
      while (!signal.aborted) {
        const since = clock.now()
        const follower = new MprisFollower(driver, options)
        const end = await follower.run(signal, () => {
          waiting = false
          told?.({ kind: 'following' })
        })
        if (signal.aborted) return
        if (!waiting) told?.({ kind: 'waiting', error: end })
        waiting = true
        backoff.stood(clock.now() - since)
        await wait(clock, backoff.next(), signal)
      }
    },
  }
}

/** One player on the bus. */
interface Followed {
  /** 'org.mpris.MediaPlayer2.mpv'. */
  readonly name: string
  /** Its unique name: ':1.42'. */
  readonly owner: string
  readonly publisher: PlayerPublisher
  state: MprisState
}

/** The players of one connection to the bus. */
class MprisFollower {
  readonly #driver: FsctDriver
  readonly #options: MprisWatcherOptions
  /** By their unique names, which signals carry. Undefined: it is being asked what it is. */
  readonly #players = new Map<string, Followed | undefined>()
  readonly #failed = new AbortController()
  #bus!: Bus

  constructor(driver: FsctDriver, options: MprisWatcherOptions) {
    this.#driver = driver
    this.#options = options
  }

  /** Resolves to why there is no bus, or when the signal fires. Rejects when the driver fails. */
  async run(signal: AbortSignal, following: () => void): Promise<Error> {
    const { address, clock = systemClock } = this.#options
    try {
      this.#bus = await openBus({ address, clock, signal: (each) => this.#take(each) })
    } catch (error) {
      return error as Error
    }
    try {
      try {
        await this.#bus.match(`type='signal',sender='${BUS.destination}',member='NameOwnerChanged'`)
        await this.#bus.match(`type='signal',path='${PATH}'`)
        const names = await this.#bus.call({ ...BUS, member: 'ListNames' })
        following()
        const found = Array.isArray(names) ? names.filter(isPlayer) : []
        await Promise.all(found.map((name) => this.#found(name)))
      } catch (error) {
        if (this.#failed.signal.aborted) throw error
        return error as Error
      }
      await aborted(signal, this.#bus.lost, this.#failed.signal)
      this.#failed.signal.throwIfAborted()
      const players = [...this.#players.values()]
      this.#players.clear()
      await Promise.all(players.map((player) => player?.publisher.unregister()))
      return this.#bus.lost.reason as Error
    } finally {
      this.#bus.end()
    }
  }

  #take(signal: BusSignal): void {
    const { sender, member, body } = signal
    if (signal.interface === BUS.interface && sender === BUS.destination) {
      const [name, before, after] = body
      if (member !== 'NameOwnerChanged' || !isPlayer(name)) return
      if (typeof before === 'string' && before !== '') void this.#gone(before)
      if (typeof after === 'string' && after !== '') void this.#come(name, after)
      return
    }
    const player = this.#players.get(sender)
    if (!player || signal.path !== PATH) return
    if (signal.interface === PLAYER && member === 'Seeked') {
      this.#tell(player, withPosition(player.state, body[0], this.#now()))
    } else if (signal.interface === PROPERTIES && member === 'PropertiesChanged') {
      if (body[0] === PLAYER) void this.#changed(player, dictionary(body[1]))
    }
  }

  async #found(name: string): Promise<void> {
    try {
      const owner = await this.#bus.call({
        ...BUS,
        member: 'GetNameOwner',
        signature: 's',
        body: [name],
      })
      if (typeof owner === 'string') await this.#come(name, owner)
    } catch (error) {
      // It has gone between the list and the question.
      if (!isTielineError(error, 'remote-error')) throw error
    }
  }

  async #come(name: string, owner: string): Promise<void> {
    if (this.#players.has(owner) || this.#players.size >= MOST_PLAYERS) return
    this.#players.set(owner, undefined)
    try {
      await this.#ask(owner, 'GetAll', 's', [PLAYER])
    } catch {
      // Whoever took the name is no player, or has gone again: there is nothing to show.
      this.#players.delete(owner)
      return
    }
    try {
      const selfId = this.#options.selfId ?? name.slice(PREFIX.length).slice(0, 256)
      const publisher = await PlayerPublisher.register(this.#driver, selfId)
      if (!this.#players.has(owner)) return await publisher.unregister()
      publisher.failed.addEventListener('abort', () => this.#fail(publisher.failed.reason))
      const player: Followed = { name, owner, publisher, state: initialMpris }
      this.#players.set(owner, player)
      this.#options.told?.({ kind: 'player', name, there: true })
      // Asked again: what changed before it was registered here has passed by.
      const properties = this.#ask(owner, 'GetAll', 's', [PLAYER]).catch(() => undefined)
      await this.#changed(player, dictionary(await properties))
    } catch (error) {
      this.#fail(error)
    }
  }

  async #gone(owner: string): Promise<void> {
    const player = this.#players.get(owner)
    this.#players.delete(owner)
    if (!player) return
    this.#options.told?.({ kind: 'player', name: player.name, there: false })
    try {
      await player.publisher.unregister()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #changed(player: Followed, properties: ReadonlyMap<string, unknown>): Promise<void> {
    const before = player.state
    player.state = withProperties(before, properties)
    if (!movesPosition(before, player.state)) return this.#tell(player, player.state)
    let position: unknown
    try {
      const answer = await this.#ask(player.owner, 'Get', 'ss', [PLAYER, 'Position'])
      position = Array.isArray(answer) ? (answer[1] as unknown[])?.[0] : undefined
    } catch {
      // A player without a position (a radio), or one that has gone: there is no timeline.
    }
    this.#tell(player, withPosition(player.state, position, this.#now()))
  }

  #tell(player: Followed, state: MprisState): void {
    // An answer may come when its player has gone.
    if (this.#players.get(player.owner) !== player) return
    player.state = state
    player.publisher.publish(mprisPublication(state))
  }

  #ask(owner: string, member: string, signature: string, body: readonly string[]) {
    return this.#bus.call({
      destination: owner,
      path: PATH,
      interface: PROPERTIES,
      member,
      signature,
      body,
    })
  }

  #now(): number {
    return (this.#options.unixNow ?? Date.now)()
  }

  #fail(error: unknown): void {
    this.#failed.abort(error)
  }
}

function isPlayer(name: unknown): name is string {
  return typeof name === 'string' && name.startsWith(PREFIX) && name.length > PREFIX.length
}
