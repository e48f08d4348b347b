// The server's end of the connection to one handler process: sends it requests and sockets, counts
// what is in flight, and gives a request's large body to be fetched.
import { type Client, client, type Peer, TielineError } from 'tieline'
import { HandlerProcess, type InvokeAnswer, SERVICE_RESTART } from '../contract/handler-process.js'
import { type BodyStream, Parcels } from '../contract/parcels.js'
import type {
  BackendSocket,
  BridgeRequest,
  BridgeResponse,
  BrowserSocket,
  InvokeContext,
  ProcessHealth,
  Route,
} from '../server/backend.js'
import { bridgeSocket } from './bridge-socket.js'

export interface ProcessLinkParts {
  readonly id: string
  readonly peer: Peer
  readonly pid: number
  readonly routes: readonly Route[]
}

export class ProcessLink {
  readonly id: string
  readonly pid: number
  readonly peer: Peer
  readonly routes: ReadonlyMap<string, Route>
  /** Bodies of requests that this process may fetch. */
  readonly parcels = new Parcels()
  readonly #handlers: Client<typeof HandlerProcess>
  readonly #idle: (() => void)[] = []
  readonly #sockets = new Set<BrowserSocket>()
  #inFlight = 0
  #draining = false
  #dead = false

  constructor({ id, peer, pid, routes }: ProcessLinkParts) {
    this.id = id
    this.pid = pid
    this.peer = peer
    this.routes = new Map(routes.map((route) => [route.id, route]))
    this.#handlers = client(HandlerProcess, peer)
    void peer.closed.then(({ error }) => {
      this.#dead = true
      this.parcels.clear(lost(this.id, error))
      // What is in flight fails by itself, each in its place.
    })
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** It was told to finish; its end is no failure. */
  get draining(): boolean {
    return this.#draining
  }

  get ready(): boolean {
    return !this.#draining && !this.#dead && this.peer.state === 'open'
  }

  get health(): ProcessHealth {
    const state = this.#dead ? 'dead' : this.#draining ? 'draining' : 'ready'
    return { id: this.id, pid: this.pid, state, inFlight: this.#inFlight }
  }

  async invoke(request: BridgeRequest, context: InvokeContext): Promise<BridgeResponse> {
    const { route, requestId, method, url, params, headers, body } = request
    const { timeoutMs: timeout, signal, meta } = context
    const upload = body === undefined || body instanceof Uint8Array ? undefined : this.#offer(body)
    this.#inFlight++
    let answer: InvokeAnswer
    try {
      answer = await this.#handlers.invoke(
        [route.id, requestId, method, url, params, headers, upload ?? (body as Uint8Array) ?? null],
        { timeout, signal, meta },
      )
      return this.#response(checked(answer), upload)
    } catch (error) {
      this.#finished(upload)
      throw error
    }
  }

  async connect(
    request: BridgeRequest,
    browser: BrowserSocket,
    context: InvokeContext,
  ): Promise<BackendSocket> {
    const { route, requestId, url, params, headers } = request
    this.#inFlight++
    const over = (): void => {
      this.#sockets.delete(browser)
      this.#finished(undefined)
    }
    try {
      const socket = await bridgeSocket(this.#handlers, {
        params: [route.id, browser.id, requestId, url, params, headers],
        browser,
        context,
        over,
      })
      this.#sockets.add(browser)
      return socket
    } catch (error) {
      over()
      throw error
    }
  }

  /**
   * Is sent nothing new, and finishes what is in flight, bodies too. Sockets can not be handed over: the
   * process asks their browsers to come again (1012), and those it has kept are asked when time is over.
   */
  async drain(withinMs: number): Promise<void> {
    if (this.#dead) return
    if (!this.#draining && this.peer.state === 'open') this.#handlers.drain()
    this.#draining = true
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      this.#idle.push(done)
      void this.peer.closed.then(done)
    })
    for (const browser of this.#sockets) browser.close(SERVICE_RESTART, 'restarting')
  }

  #offer(body: BodyStream): number {
    return this.parcels.offer(body, ignored)
  }

  #response([status, headers, body]: InvokeAnswer, upload: number | undefined): BridgeResponse {
    if (typeof body !== 'number') {
      this.#finished(upload)
      return { status, headers, body: body ?? undefined }
    }
    return { status, headers, body: this.#fetched(body, upload) }
  }

  /** The body of a response. Left before it was begun, the process is told that nobody wants it. */
  #fetched(number: number, upload: number | undefined): BodyStream {
    // The first chunk may take as long as it does: an event stream waits for its first event.
    const items = this.#handlers.body(number, { timeout: Number.POSITIVE_INFINITY })
    let begun = false
    let over = false
    const finished = (): void => {
      if (over) return
      over = true
      this.#finished(upload)
    }
    const iterator: AsyncIterator<Uint8Array> = {
      next: async () => {
        begun = true
        try {
          const step = await items.next()
          if (step.done === true) finished()
          return step
        } catch (error) {
          finished()
          throw error
        }
      },
      return: async () => {
        if (!begun && !over && !this.#dead) this.#handlers.drop(number)
        finished()
        await items.return?.()
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  #finished(upload: number | undefined): void {
    this.#inFlight--
    if (upload !== undefined) this.parcels.drop(upload, new Error('the request is over'))
    if (this.#inFlight === 0) for (const done of this.#idle.splice(0)) done()
  }
}

/** The other side is ours, but a process that is compromised or of another version must not confuse us. */
function checked(answer: InvokeAnswer): InvokeAnswer {
  const [status, headers, body] = Array.isArray(answer) ? answer : []
  const good =
    Number.isInteger(status) &&
    (status as number) >= 200 &&
    (status as number) <= 599 &&
    typeof headers === 'object' &&
    headers !== null &&
    (body === null ||
      body === undefined ||
      typeof body === 'string' ||
      typeof body === 'number' ||
      body instanceof Uint8Array)
  if (good) return answer
  throw new TielineError('malformed', 'the handler process answered what is no response', {
    origin: 'protocol',
  })
}

function lost(id: string, cause: unknown): TielineError {
  return new TielineError('connection-lost', `handler process ${id} is gone`, {
    origin: 'channel',
    cause,
  })
}

function ignored(): void {}
