// Fuzz target: endpoints. Whatever text is given, it is read or refused with a line that says why.
import { isTielineError } from '../errors.js'
import { type Environment, localAddress, parseEndpoint } from './endpoint.js'
import { mailboxAddress } from './mailbox/mailbox.js'
import { webSocketAddress } from './websocket/protocol.js'

export const name = 'endpoint'

const LINUX: Environment = {
  platform: 'linux',
  uid: 1000,
  env: { XDG_RUNTIME_DIR: '/run/user/1000' },
}
const WINDOWS: Environment = { platform: 'win32', uid: undefined, env: {} }
const decoder = new TextDecoder()

export function target(bytes: Uint8Array): void {
  const text = decoder.decode(bytes)
  for (const read of [
    () => parseEndpoint(text),
    () => within(localAddress(text, LINUX).path),
    () => localAddress(text, WINDOWS),
    () => webSocketAddress(text),
    () => mailboxAddress(text),
  ]) {
    try {
      read()
    } catch (error) {
      if (!isTielineError(error, 'invalid-endpoint')) throw error
      if (/[\n\r\0]/.test(error.message)) throw new Error('the message is more than one line')
    }
  }
}

/** Of a Unix socket: a path that the system takes, without an end in the middle. */
function within(path: string): void {
  if (path.includes('\0')) throw new Error('a path with NUL was accepted')
  if (new TextEncoder().encode(path).length > 108) throw new Error('a path too long was accepted')
}

export const seeds = [
  'local:name',
  'unix:/run/x.sock',
  'pipe:name',
  'ws://127.0.0.1:9001/a',
  'wss://[::1]/',
  'mailbox:/dir#backend',
  'stdio:',
  'local:../x',
]
