// Where everything of one studio is: one private directory, and two ports of this machine. All its
// processes are told by their environment.
import { join } from 'node:path'

export interface Place {
  /** 0700; removed at the end. */
  readonly directory: string
  /** Of the page. */
  readonly port: number
  /** Of the channel host, for pages. */
  readonly channelsPort: number
}

/** The paths in the studio's directory. */
export function within(directory: string) {
  const path = (name: string) => join(directory, name)
  return {
    supervisor: path('supervisor.sock'),
    state: path('supervisor'),
    driver: path('driver.sock'),
    agents: path('agents.sock'),
    token: path('token'),
    bridge: path('bridge.sock'),
    mpv: path('mpv.sock'),
    mailbox: path('mailbox'),
    drawing: path('drawing.svg'),
    page: path('page'),
  }
}

export type Paths = ReturnType<typeof within>

export function originOf({ port }: Place): string {
  return `http://127.0.0.1:${port}`
}

/** Where pages find the channel host. */
export function channelsOf({ channelsPort }: Place): string {
  return `ws://127.0.0.1:${channelsPort}/`
}

export function toEnvironment(place: Place): Readonly<Record<string, string>> {
  return {
    STUDIO_DIRECTORY: place.directory,
    STUDIO_PORT: String(place.port),
    STUDIO_CHANNELS_PORT: String(place.channelsPort),
  }
}

/** Throws in a process that the studio did not start. */
export function placeOfThisProcess(): Place {
  const { STUDIO_DIRECTORY: directory, STUDIO_PORT, STUDIO_CHANNELS_PORT } = process.env
  const [port, channelsPort] = [Number(STUDIO_PORT), Number(STUDIO_CHANNELS_PORT)]
  if (directory === undefined || !port || !channelsPort) {
    throw new Error('this program is a part of the studio: npm start')
  }
  return { directory, port, channelsPort }
}
