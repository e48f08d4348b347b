// The player driver under load: 200 players of 8 programs, each with 20 updates a second, through the
// socket to a display. Its bars: nothing grows without an end, and the display does not fall behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Device, deviceIdOf, type Generation, IpcDriver, Status } from '@tieline/player-driver'
import { type BarResult, judged, type Outcome, type Table } from '../outcome.js'
import { quantile, type Spread, spread } from '../statistics.js'
import type { BenchSuite, SuiteOptions } from '../suite.js'

interface Load {
  readonly generation: Generation
  readonly updatesPerSecond: number
  /** Of the driver's process, in microseconds. */
  readonly cpuPerUpdate: number
  /** Milliseconds from an update until the display has it or a newer one. */
  readonly delay: { readonly median: number; readonly p99: number; readonly max: number }
  /** Updates on their way at the worst moment. */
  readonly waiting: number
  /** MiB of the driver, after a second and at the end. */
  readonly memory: readonly [number, number]
}

const PROGRAMS = 8
const PLAYERS = 200
const UPDATES_PER_SECOND = 20
/** Milliseconds between two bursts. 10: 40 updates each, as from players that know nothing of one another. */
const TICK_MS = 10
/** Milliseconds by which the display may be behind the newest state. */
const BAR_MS = 100
/** Clock ticks a second in /proc: fixed on Linux. */
const TICKS = 100

const launcher = fileURLToPath(
  new URL(
    '../bin/player-driver.js',
    import.meta.resolve('@tieline/player-driver').replace('/src/', '/'),
  ),
)

export const playerDriver: BenchSuite = {
  name: 'player-driver',
  about: '200 players, 4,000 updates a second, to a display; half a minute',
  run: measure,
}

async function measure({
  quick,
  progress,
  seconds = quick ? 2 : 10,
}: SuiteOptions): Promise<Outcome> {
  const loads: Load[] = []
  for (const generation of [1, 3] as const) {
    progress(`player driver, generation ${generation}: ${seconds} s of load`)
    loads.push(await loaded(generation, seconds))
  }
  return outcome(loads, seconds)
}

async function loaded(generation: Generation, seconds: number): Promise<Load> {
  const place = mkdtempSync(join(tmpdir(), 'tieline-bench-'))
  const at = join(place, 'fsct.sock')
  const driver = spawn(process.execPath, [launcher, 'driver', '--at', at, '--tied'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const clean = () => {
    driver.kill('SIGKILL')
    rmSync(place, { recursive: true, force: true })
  }
  process.once('exit', clean)
  try {
    await once(driver.stdout as NodeJS.EventEmitter, 'data')
    return await measured(driver, `unix:${at}`, generation, seconds)
  } finally {
    driver.stdin?.end()
    await once(driver, 'exit')
    clean()
    process.off('exit', clean)
  }
}

async function measured(
  { pid }: ChildProcess,
  at: string,
  generation: Generation,
  seconds: number,
): Promise<Load> {
  const connected = () => IpcDriver.connect({ at, generation })
  await using showing = await connected()
  const programs = await Promise.all(Array.from({ length: PROGRAMS }, connected))
  const players = await Promise.all(
    Array.from({ length: PLAYERS }, async (_, index) => {
      const program = programs[index % PROGRAMS] as IpcDriver
      return { program, player: await program.registerPlayer(`player ${index}`) }
    }),
  )
  // Every update of the shown player says its number; the display tells which it has.
  const shown = players[0] as (typeof players)[number]
  await shown.program.updatePlayerStatus(shown.player, Status.Playing)
  await shown.program.setPreferredPlayer(shown.player)
  const sent: number[] = []
  const delays: number[] = []
  await showing.attachDevice(
    display((number) => {
      // Also those that it skipped: they were overtaken on the way.
      const now = performance.now()
      for (let at = delays.length; at <= number && at < sent.length; at++) {
        delays.push(now - (sent[at] as number))
      }
    }),
  )

  let waiting = 0
  let most = 0
  let updates = 0
  const update = async ({ program, player }: (typeof players)[number]) => {
    if (player === shown.player) sent.push(performance.now())
    const positionMs = player === shown.player ? sent.length - 1 : updates
    waiting++
    updates++
    most = Math.max(most, waiting)
    const now = Date.now()
    await program.updatePlayerTimeline(player, {
      positionMs,
      updateUnixMs: now,
      durationMs: 0,
      rate: 1,
    })
    waiting--
  }
  const perTick = (PLAYERS * UPDATES_PER_SECOND * TICK_MS) / 1000
  const begun = performance.now()
  const cpuBefore = cpuMs(pid as number)
  let early = 0
  let next = 0
  for (let tick = 0; tick < (seconds * 1000) / TICK_MS; tick++) {
    for (let i = 0; i < perTick; i++) {
      void update(players[next] as (typeof players)[number])
      next = (next + 1) % PLAYERS
    }
    if (early === 0 && performance.now() - begun > 1000) early = memoryMiB(pid as number)
    const due = begun + (tick + 1) * TICK_MS - performance.now()
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due)))
  }
  // What is on its way when the load ends is answered, or the bench does not end.
  while (waiting > 0 || delays.length < sent.length) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const took = (performance.now() - begun) / 1000
  const cpu = cpuMs(pid as number) - cpuBefore
  const late = memoryMiB(pid as number)
  await Promise.all(programs.map((program) => program.close()))
  delays.sort((a, b) => a - b)
  return {
    generation,
    updatesPerSecond: updates / took,
    cpuPerUpdate: (1000 * cpu) / updates,
    delay: {
      median: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      max: delays.at(-1) ?? Number.NaN,
    },
    waiting: most,
    memory: [early, late],
  }
}

function display(took: (number: number) => void): Device {
  const [vendorId, productId, serialNumber] = [0xfffe, 0xbe7c, 'bench']
  const id = deviceIdOf(vendorId, productId, serialNumber)
  return {
    info: { id, vendorId, productId, serialNumber, name: 'Bench', manufacturer: null },
    apply({ timeline }) {
      if (timeline) took(timeline.positionMs)
    },
    detached() {},
  }
}

/** All players' updates of two seconds: past that they pile up. */
const MOST_WAITING = 2 * PLAYERS * UPDATES_PER_SECOND
/** MiB that the driver may grow while the load runs. 64: what a collector leaves lying about. */
const MOST_GROWTH = 64

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  // utime and stime, the 14th and 15th of the line; the name that was cut off is the second.
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

const nameOf = ({ generation }: Load) => `generation ${generation}`

function outcome(loads: readonly Load[], seconds: number): Outcome {
  const table = (
    about: Pick<Table, 'task' | 'title' | 'short' | 'unit' | 'better' | 'beside'>,
    figures: (load: Load) => Record<string, Spread>,
  ): Table => ({
    ...about,
    figure: 'value',
    rows: loads.map((load) => ({ subject: nameOf(load), group: 'ours', figures: figures(load) })),
  })
  return {
    suite: 'player-driver',
    title: 'The player driver under load',
    notes: [
      `${PLAYERS} players of ${PROGRAMS} programs, ${UPDATES_PER_SECOND} updates a second each, ${seconds} s.`,
    ],
    tables: [
      table(
        {
          task: 'delay',
          title: 'how far the display is behind, median',
          short: 'behind',
          unit: 'ms',
          better: 'lower',
          beside: { figure: 'p99', unit: 'ms' },
        },
        ({ delay }) => ({ value: spread([delay.median]), p99: spread([delay.p99]) }),
      ),
      table(
        {
          task: 'cpu',
          title: "the driver's CPU for each update",
          short: 'CPU',
          unit: 'µs',
          better: 'lower',
          beside: { figure: 'updates', unit: '/s' },
        },
        (load) => ({
          value: spread([load.cpuPerUpdate]),
          updates: spread([load.updatesPerSecond]),
        }),
      ),
      table(
        {
          task: 'waiting',
          title: 'updates on their way at the worst moment',
          short: 'waiting',
          unit: '',
          better: 'lower',
        },
        ({ waiting }) => ({ value: spread([waiting]) }),
      ),
      table(
        {
          task: 'memory',
          title: "the driver's memory at the end",
          short: 'memory',
          unit: 'MiB',
          better: 'lower',
          beside: { figure: 'after a second', unit: 'MiB' },
        },
        ({ memory: [early, late] }) => ({
          value: spread([late]),
          'after a second': spread([early]),
        }),
      ),
    ],
    bars: loads.flatMap(barsOf),
    legend: [
      { name: 'generation 1', title: 'MessagePack-RPC, the first generation of the wire' },
      { name: 'generation 3', title: 'JSON-RPC in lines, the third' },
    ],
    failures: [],
  }
}

function barsOf(load: Load): BarResult[] {
  const {
    delay,
    waiting,
    memory: [early, late],
  } = load
  const at = nameOf(load)
  const bar = (what: string, most: number, value: number, unit: string) =>
    judged(`${at}, ${what}`, 'at most', most, spread([value]), { unit })
  return [
    bar('display behind, p99', BAR_MS, delay.p99, ' ms'),
    bar('updates on their way', MOST_WAITING, waiting, ''),
    bar('growth of the memory', MOST_GROWTH, late - early, ' MiB'),
  ]
}
