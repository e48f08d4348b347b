// What the native part's server and clients say to each other.
import { call, contract, notify, stream, type } from 'tieline'

export const SoakContract = contract({
  name: 'soak',
  version: '1.0',
  methods: {
    echo: call({
      input: type<{ n: number; text: string }>(),
      output: type<{ n: number; text: string }>(),
      idempotent: true,
    }),
    /** Written down by the server once for each time it runs; answered with the same number. */
    note: call({ input: type<{ lane: string; n: number }>(), output: type<number>() }),
    count: stream({ input: type<{ to: number }>(), output: type<number>() }),
    mark: notify({ input: type<number>() }),
    /** The last mark of this connection. */
    marked: call({ output: type<number>() }),
    load: call({ output: type<{ streams: number }>() }),
    sleep: call({ input: type<{ ms: number }>(), output: type<string>() }),
  },
})

export interface NativePlace {
  readonly directory: string
  readonly webSocketPort: number
  readonly token: string
}

/** The notes: a line for each time `note` ran. */
export const notesPath = (directory: string): string => `${directory}/notes.log`

/** What the clients know of their notes: a line for each that was answered, or certainly not sent. */
export const answeredPath = (directory: string): string => `${directory}/answered.log`

export function placeFrom([
  directory = '',
  port = '0',
  token = '',
]: readonly string[]): NativePlace {
  return { directory, webSocketPort: Number(port), token }
}
