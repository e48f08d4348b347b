// The player driver: a driver, a user's part, a watcher and a display. A track goes from the watcher
// through all of them, and is shown again after each disturbance.
import { IpcDriver, Status } from '@tieline/player-driver'
import { Lost } from '../ledger.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { launcher, SoakProcess } from '../process.js'
import { oneOf } from '../random.js'
import { BACK_MS, Traffic, until } from '../traffic.js'

const program = launcher('player-driver', 'player-driver')
type Name = 'driver' | 'user' | 'watcher' | 'display'
/** In the order in which they are started. */
const NAMES: readonly Name[] = ['driver', 'user', 'watcher', 'display']
/** Milliseconds that a call may take. */
const CALL_MS = 5000

export function playerDriverPart(context: SoakContext): SoakPart {
  return new PlayerDriverPart(context)
}

class PlayerDriverPart implements SoakPart {
  readonly #context: SoakContext
  readonly #endpoint: string
  readonly #processes: Readonly<Record<Name, SoakProcess>>
  readonly #victims: readonly Name[]
  #traffic: Traffic | undefined
  #line = ''
  /** How many lines of the display began with the word `playing`. */
  #playing = 0
  #shownBefore = 0

  constructor(context: SoakContext) {
    this.#context = context
    const { place, half } = context
    this.#endpoint = `unix:${place}/driver.sock`
    const user = `unix:${place}/user.sock`
    const made = (name: Name, args: readonly string[], line?: (line: string) => void) =>
      new SoakProcess({ name, program, args, ...(line && { line }) })
    this.#processes = {
      driver: made('driver', ['driver', '--at', this.#endpoint]),
      user: made('user', ['user', 'demo', '--at', user, '--driver', this.#endpoint]),
      // At the user's part, so that a track comes through all four.
      watcher: made('watcher', ['watch', 'demo', '--name', 'watched', '--at', user]),
      display: made('display', ['display', '--serial', 'soak', '--at', this.#endpoint], (line) => {
        this.#line = line
        if (line.startsWith('playing')) this.#playing++
      }),
    }
    this.#victims = half === 'first' ? ['driver', 'watcher'] : ['user', 'display']
  }

  async start(): Promise<void> {
    for (const name of NAMES) await this.#processes[name].start()
    const { ledger } = this.#context
    this.#traffic = new Traffic(ledger, [
      async () => {
        // Connect, ask, leave: as the command for the status does.
        const told = await ledger.call('status', CALL_MS, () => this.#status())
        if (told && told.players.length > 2) ledger.fault(`${told.players.length} players, not 2`)
      },
    ])
  }

  async #status() {
    const signal = AbortSignal.timeout(CALL_MS)
    try {
      await using client = await IpcDriver.connect({ at: this.#endpoint, generation: 1, signal })
      return await client.status()
    } catch (error) {
      if (signal.aborted) throw new Lost(`no status within ${CALL_MS} ms`)
      throw error
    }
  }

  async work(on: boolean): Promise<void> {
    await this.#traffic?.work(on)
  }

  async check(): Promise<void> {
    await until(BACK_MS, () => this.#missing())
  }

  async kill(how: How): Promise<string> {
    const name = oneOf(this.#context.random, this.#victims)
    // Both players are the user's part's, and the display may show the one that was not touched.
    const before = name === 'watcher' || how === 'pause' ? 0 : this.#playing + 1
    await this.#processes[name].disturb(how, this.#context.random)
    this.#shownBefore = before
    return name
  }

  measure() {
    return NAMES.flatMap((name) => this.#processes[name].measured(!this.#victims.includes(name)))
  }

  async stop(): Promise<void> {
    // The display first, so that each part ends while what it talks to is there.
    for (const name of [...NAMES].reverse()) await this.#processes[name].end('SIGTERM')
  }

  abandon(): void {
    for (const name of NAMES) this.#processes[name].abandon()
  }

  /** What is not as it should be, first of all in the driver's own words. */
  async #missing(): Promise<string | undefined> {
    for (const name of NAMES) this.#processes[name].mustRun()
    const { driver, user } = this.#processes
    const told = await this.#status()
    if (told.pid !== driver.pid) return `the driver that answers has the pid ${told.pid}`
    const [device, ...more] = told.devices
    if (device === undefined || more.length > 0) return `${told.devices.length} devices, not 1`
    const names = told.players.map((player) => player.self_id).sort()
    if (names.join() !== 'demo,watched') return `the players are: ${names.join() || 'none'}`
    for (const { self_id, owner, state } of told.players) {
      if (state.status !== Status.Playing || state.texts.title === null)
        return `${self_id} plays no track`
      // Null where the kernel does not tell.
      if (owner.pid !== null && owner.pid !== user.pid) return `${self_id} is of pid ${owner.pid}`
    }
    if (device.shows === null) return 'the device shows no player'
    // The user's part, the display and this one; sometimes the traffic's.
    const { length } = told.connections
    if (length !== 3 && length !== 4) return `${length} connections, not 3 or 4`
    if (!this.#line.startsWith('playing') || this.#playing < this.#shownBefore)
      return `the display's last line is '${this.#line}'`
    return undefined
  }
}
