// Errors that both kinds of agent raise in the same words, so that a module sees no difference.
import { isTielineError, type Limits, TielineError } from 'tieline'
import type { AgentChannel } from './agent.js'

/** The agent's code threw: its channel ends, and the client is told no more than 1011. */
export function handlerThrew(channel: AgentChannel, cause: unknown): TielineError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const message = `${nameOf(channel)} was ended: its agent threw: ${said}`
  return new TielineError('internal', message, { cause })
}

export function channelClosed(channel: AgentChannel): TielineError {
  const message = `${nameOf(channel)} cannot send: it is closed`
  return new TielineError('connection-lost', message, { origin: 'channel', sent: 'no' })
}

/** Throws when the message is longer than the limit, or too much waits already. */
export function checkSend(
  channel: AgentChannel,
  message: Uint8Array,
  limits: Pick<Limits, 'frameBytes' | 'queuedBytes'>,
): void {
  if (message.length > limits.frameBytes) {
    const what = `a message of ${message.length} bytes cannot be sent`
    const text = `${nameOf(channel)}: ${what}; the limit frameBytes is ${limits.frameBytes}`
    throw new TielineError('too-large', text)
  }
  if (channel.buffered > limits.queuedBytes) {
    const what = `the client is slower than its agent, and ${channel.buffered} bytes wait`
    const text = `${nameOf(channel)}: ${what}; the limit queuedBytes is ${limits.queuedBytes}`
    throw new TielineError('resource-exhausted', text)
  }
}

export function agentClosed(): TielineError {
  return new TielineError('unavailable', 'this agent is closed')
}

/** Throws for what is no port. */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 0xffff) return
  throw new TielineError('invalid-argument', `${port} is no port; write 0 to 65535`)
}

/** Characters of a name, a URL or a token: what any host reads, however they are encoded. */
const TEXT_LENGTH = 2048

/** Throws for a text that another process would not be sent. */
export function checkTexts(texts: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text = ''] of Object.entries(texts)) {
    if (text.length <= TEXT_LENGTH) continue
    const message = `${name} has ${text.length} characters; the most are ${TEXT_LENGTH}`
    throw new TielineError('invalid-argument', message)
  }
}

export function nameOf(channel: Pick<AgentChannel, 'number' | 'port'>): string {
  const where = channel.port === 0 ? '' : ` of port ${channel.port}`
  return `channel ${channel.number}${where}`
}

/** What an error is called on the way to another process. */
export function codeOf(error: Error): string {
  return isTielineError(error) ? error.code : 'internal'
}
