// The file channel. First half: two processes of ours, each with two writers and a reader, one of them
// disturbed. Second half: the original's algorithm in Python on one side, and ours disturbed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cameFile, type FileSide, sentFile } from '../file-records.js'
import type { How, SoakContext, SoakPart } from '../part.js'
import { SoakProcess, worker } from '../process.js'
import { Tail } from '../tail.js'
import { BACK_MS, until } from '../traffic.js'
import { TrafficProcess } from '../traffic-process.js'

const SIDES: readonly FileSide[] = ['backend', 'frontend']
/** A program is not compiled: it stands where its source does. */
const original = fileURLToPath(
  new URL('../../../../src/soak/workers/original_side.py', import.meta.url),
)

export function fileChannelPart(context: SoakContext): SoakPart {
  return new FileChannelPart(context)
}

class FileChannelPart implements SoakPart {
  readonly #context: SoakContext
  readonly #tails: Readonly<Record<FileSide, { sent: Tail; came: Tail }>>
  /** The last number of each writer that was sent for certain, and that came. */
  readonly #sent = new Map<string, number>()
  readonly #came = new Map<string, number>()
  readonly #withPython: boolean
  #ours: TrafficProcess[] = []
  #python: SoakProcess | undefined

  constructor(context: SoakContext) {
    this.#context = context
    const tails = (side: FileSide) => ({
      sent: new Tail(sentFile(context.place, side)),
      came: new Tail(cameFile(context.place, side)),
    })
    this.#tails = { backend: tails('backend'), frontend: tails('frontend') }
    this.#withPython = context.half === 'second' && spawnSync('python3', ['-V']).status === 0
  }

  get #directory(): string {
    return join(this.#context.place, 'channel')
  }

  async start(): Promise<void> {
    const { place, ledger } = this.#context
    mkdirSync(this.#directory, { mode: 0o700 })
    const program = worker('file-side')
    const args = (side: FileSide) => [this.#directory, place, side]
    if (this.#withPython) {
      this.#python = new SoakProcess({
        name: 'original in Python',
        command: 'python3',
        program: original,
        args: [this.#directory, place],
      })
      await this.#python.start()
      this.#ours = [
        new TrafficProcess('frontend', ledger, program, [...args('frontend'), 'requests']),
      ]
    } else {
      this.#ours = SIDES.map((side) => new TrafficProcess(side, ledger, program, args(side)))
    }
    for (const one of this.#ours) await one.start()
  }

  async work(on: boolean): Promise<void> {
    await Promise.all(this.#ours.map((one) => one.work(on)))
  }

  async check(): Promise<void> {
    for (const one of [...this.#ours, ...(this.#python ? [this.#python] : [])]) one.mustRun()
    const target = this.#read()
    await until(BACK_MS, async () => this.#missing(target))
    for (const one of this.#ours) await one.disturbed(false)
  }

  async kill(how: How): Promise<string> {
    const { random } = this.#context
    for (const one of this.#ours) await one.disturbed(true)
    const victim = this.#ours.at(-1) as TrafficProcess
    await victim.disturb(how, random)
    return victim.name
  }

  measure() {
    const steady = (at: number) => this.#ours.length > 1 && at === 0
    const ours = this.#ours.flatMap((one, at) => one.measured(steady(at)))
    return [...ours, ...(this.#python?.measured(false) ?? [])]
  }

  async stop(): Promise<void> {
    // What the original's side sends goes on until it is ended.
    if (this.#python) await this.#python.end('SIGTERM')
    const target = this.#read()
    await until(BACK_MS, async () => this.#missing(target))
    for (const one of this.#ours) await one.end('SIGTERM')
    this.#read()
    for (const side of SIDES) {
      rmSync(sentFile(this.#context.place, side), { force: true })
      rmSync(cameFile(this.#context.place, side), { force: true })
    }
    // The channel's files stay for the next one: that is what they are for.
    rmSync(this.#directory, { recursive: true })
  }

  abandon(): void {
    for (const one of this.#ours) one.abandon()
    this.#python?.abandon()
  }

  /** Everything that was sent for certain until now has come. */
  #missing(target: ReadonlyMap<string, number>): string | undefined {
    this.#read()
    for (const [who, n] of target) {
      const came = this.#came.get(who) ?? 0
      if (came < n) return `message ${n} of ${who} was sent, and ${came} was the last to come`
    }
    return undefined
  }

  /** Each writer's messages come in order, each once; only one that was handed to a killed reader again. */
  #read(): ReadonlyMap<string, number> {
    const { ledger } = this.#context
    for (const side of SIDES) {
      for (const line of this.#tails[side].sent.read()) {
        const [who = '', n] = line.split(' ')
        this.#sent.set(who, Number(n))
      }
      for (const line of this.#tails[side].came.read()) {
        const [who = '', text, again] = line.split(' ')
        const [n, last] = [Number(text), this.#came.get(who) ?? 0]
        if (n > last + 1) ledger.fault(`message ${n} of ${who} came after ${last}`)
        if (n <= last && again === undefined) ledger.fault(`message ${n} of ${who} came twice`)
        this.#came.set(who, Math.max(n, last))
      }
    }
    return new Map(this.#sent)
  }
}
