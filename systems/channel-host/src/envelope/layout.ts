// The schema's tables as the verifier sees them: what lies in each field, by its number. A test holds
// this against schema/channel_host.fbs.

/** What a field holds. `u8` and its like lie in the table; the others behind an offset. */
export type Field = 'u8' | 'bool' | 'u16' | 'u32' | 'struct16' | 'string' | 'bytes'

/** Fields in order of their numbers. */
export type Table = readonly Field[]

const PORT_AND_USER: Table = ['u16', 'string']
const CHANNEL_AND_CONTENT: Table = ['u16', 'bytes']
const CHANNEL: Table = ['u16']

/** The tables of the union, by name, in order of their numbers: the first is 1. */
export const BODY = {
  PortListen: PORT_AND_USER,
  PortListenResult: ['u16', 'string', 'u8'],
  Opened: ['u16', 'string', 'u16'],
  MessageFromRemote: CHANNEL_AND_CONTENT,
  MessageToRemote: CHANNEL_AND_CONTENT,
  CloseChannel: ['struct16', 'string', 'string'],
  ChannelClosed: ['struct16', 'bool', 'string', 'string'],
  PortIgnore: PORT_AND_USER,
  PortIgnored: PORT_AND_USER,
  Welcome: ['u16', 'string', 'u32', 'u32'],
  PortConnect: ['u32', 'string', 'string', 'string', 'string', 'bool'],
  PortConnectResult: ['u32', 'u16', 'string', 'string'],
  PortDisconnect: ['u32'],
  Credit: ['u16', 'u32'],
  Pause: CHANNEL,
  Resume: CHANNEL,
  Failure: ['u16', 'string', 'u16', 'string', 'string'],
} as const satisfies Readonly<Record<string, Table>>

export type BodyName = keyof typeof BODY

export const BODY_NAMES = Object.keys(BODY) as readonly BodyName[]

/** The envelope's two fields: the number of what is in it, and where that lies. */
export const ENVELOPE = { type: 0, body: 1 } as const

/** "TCH1", which follows the offset of the root. */
export const IDENTIFIER = [0x54, 0x43, 0x48, 0x31] as const
