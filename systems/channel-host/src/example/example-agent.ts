// The example agent of the game engine's module, on its port: the smallest agent there is, and what
// `channel-host demo` runs.
import { TielineError } from 'tieline'
import type { Agent, AgentPort } from '../agent.js'

export interface ExampleOptions {
  /** Default 9001. */
  readonly port?: number
  /** What is told of the window: width and height, in pixels. */
  readonly size?: () => readonly [width: number, height: number]
  /** It was told to stop. */
  readonly stopped?: () => void
}

const PORT = 9001
/** What the first byte of a message asks for. */
const ASKS = { nothing: 0, echo: 1, size: 2, stop: 255 } as const

/**
 * Listens as 'example'. A message's first byte says what it wants: 0 no reply, 1 itself back, 2 the
 * size as [2][float32 width][float32 height], little endian, 255 that the agent stops listening. Any
 * other is closed with 1002. Rejects as `Agent.listen`.
 */
export async function exampleAgent(agent: Agent, options: ExampleOptions = {}): Promise<AgentPort> {
  const { size = () => [1280, 720], stopped } = options
  const port = await agent.listen(options.port ?? PORT, {
    userId: 'example',
    message(channel, message) {
      switch (message[0]) {
        case ASKS.nothing:
          break
        case ASKS.echo:
          channel.send(message)
          break
        case ASKS.size:
          channel.send(sizeMessage(size()))
          break
        case ASKS.stop:
          void port.ignore().then(stopped)
          break
        default:
          channel.abort(new TielineError('malformed', `there is no message of type ${message[0]}`))
      }
    },
  })
  return port
}

function sizeMessage([width, height]: readonly [number, number]): Uint8Array {
  const message = new DataView(new ArrayBuffer(9))
  message.setUint8(0, ASKS.size)
  message.setFloat32(1, width, true)
  message.setFloat32(5, height, true)
  return new Uint8Array(message.buffer)
}
