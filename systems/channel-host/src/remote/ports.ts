// The ports of an agent in another process: asked for in order, listened on, listened on again on a new
// connection, and given up.
import { TielineError } from 'tieline'
import type { AgentPort, PortOptions } from '../agent.js'
import type { Message } from '../envelope/messages.js'
import { checkPort, checkTexts } from '../faults.js'
import type { Hosts, Welcomed } from './hosts.js'

/** A port that is asked for, or listened on. */
interface RemotePort {
  /** As it was asked for: 0 is any. */
  readonly asked: number
  readonly options: PortOptions
  readonly resolve: (port: AgentPort) => void
  readonly reject: (error: Error) => void
  /** It was listened on before, on another connection: called when this one is lost as well. */
  readonly kept?: () => void
  /** It was given up before it was listened on again. */
  dropped?: boolean
}

export class RemotePorts {
  readonly #hosts: Hosts
  /** Asked for and not answered, in order. */
  readonly #asked: RemotePort[] = []
  readonly #open = new Map<number, RemotePort>()
  readonly #ignoring = new Map<number, (() => void)[]>()
  /** Why the next result is none of success. */
  #failure: (Message & { kind: 'Failure' }) | undefined

  constructor(hosts: Hosts) {
    this.#hosts = hosts
  }

  listen(asked: number, options: PortOptions): Promise<AgentPort> {
    return new Promise((resolve, reject) => {
      checkPort(asked)
      checkTexts({ userId: options.userId })
      this.#ask({ asked, options, resolve, reject })
    })
  }

  #ask(port: RemotePort): void {
    const { link } = this.#hosts.connected()
    this.#asked.push(port)
    link.send({ kind: 'PortListen', port: port.asked, userId: port.options.userId ?? '' })
  }

  optionsOf(port: number): PortOptions | undefined {
    return this.#open.get(port)?.options
  }

  /** There is a new connection. Resolves when the ports are listened on again, or told as lost. */
  async attached(): Promise<void> {
    const ports = [...this.#open]
    this.#open.clear()
    await Promise.all(ports.map(([port, { options }]) => this.#again(port, options)))
  }

  #again(port: number, options: PortOptions): Promise<void> {
    return new Promise((resolve) => {
      this.#ask({
        // Whoever asked for any has told its clients which.
        asked: port,
        options,
        kept: resolve,
        resolve: () => resolve(),
        reject: (error) => {
          this.#hosts.tellLost(options, error)
          resolve()
        },
      })
    })
  }

  /** The connection is gone. `again`: another will come. */
  detached(error: Error, again: boolean): void {
    this.#failure = undefined
    for (const port of this.#asked.splice(0)) {
      // Not answered yet on this connection: the next one tries again.
      if (again && port.kept !== undefined) {
        this.#open.set(port.asked, port)
        port.kept()
      } else port.reject(error)
    }
    for (const resolve of [...this.#ignoring.values()].flat()) resolve()
    for (const port of this.#ignoring.keys()) this.#open.delete(port)
    this.#ignoring.clear()
    if (again) return
    for (const { options } of this.#open.values()) this.#hosts.tellLost(options, error)
    this.#open.clear()
  }

  /** Gives all of them up. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((port) => this.#ignore(port)))
  }

  /** Whether it is why a port that is asked for will not be had. */
  failed(message: Message & { kind: 'Failure' }): boolean {
    if (this.#asked.length === 0) return false
    this.#failure = message
    return true
  }

  answered({ port: number, userId, result }: Message & { kind: 'PortListenResult' }): void {
    const port = this.#asked.shift()
    const failure = this.#failure
    this.#failure = undefined
    if (port === undefined) return
    if (result !== 0) {
      const told = failure?.port === number && failure.userId === userId ? failure : undefined
      const error =
        told === undefined
          ? listenFailed(number, result)
          : new TielineError(told.code, told.message, { origin: 'channel' })
      port.reject(error)
      return
    }
    this.#open.set(number, port)
    const { endpoint } = (this.#hosts.now as Welcomed).welcome
    if (port.dropped) void this.#ignore(number)
    let ignoring: Promise<void> | undefined
    port.resolve({
      port: number,
      userId,
      endpoint: endpoint.replace(/:0(?=\/|$)/, `:${number}`),
      ignore: () => {
        // Once: the number may be another port's by the second time.
        ignoring ??= this.#ignore(number)
        return ignoring
      },
    })
  }

  #ignore(port: number): Promise<void> {
    const open = this.#open.get(port)
    if (open === undefined) {
      const again = this.#asked.find(({ kept, asked }) => kept !== undefined && asked === port)
      if (again !== undefined) again.dropped = true
      return Promise.resolve()
    }
    const { userId = '' } = open.options
    if (this.#hosts.now === undefined) {
      this.#open.delete(port)
      return Promise.resolve()
    }
    const { link } = this.#hosts.now
    return new Promise((resolve) => {
      const waiting = this.#ignoring.get(port)
      if (waiting !== undefined) {
        waiting.push(resolve)
        return
      }
      this.#ignoring.set(port, [resolve])
      link.send({ kind: 'PortIgnore', port, userId })
    })
  }

  ignored(port: number): void {
    this.#open.delete(port)
    const waiting = this.#ignoring.get(port) ?? []
    this.#ignoring.delete(port)
    for (const resolve of waiting) resolve()
  }
}

/** What a result other than success says when no Failure came with it, as from another host. */
function listenFailed(port: number, result: number): TielineError {
  const codes = ['internal', 'internal', 'endpoint-in-use', 'permission-denied']
  const words = ['', 'it failed', 'it is in use', 'this is not permitted']
  const message = `the host cannot listen on port ${port}: ${words[result] ?? `result ${result}`}`
  return new TielineError(codes[result] ?? 'internal', message, { origin: 'channel' })
}
