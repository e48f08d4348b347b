// What happened to processes, in words.
import type { SubscriberEvent } from '@tieline/supervisor'
import type { Note } from '../../protocol/studio.js'

/** Undefined for what is said by another event too. */
export function noteOf(event: SubscriberEvent, at = Date.now()): Note | undefined {
  switch (event.event_type) {
    case 'process_started': {
      const { app, pid } = event.data
      return { at, text: `${app} runs as ${pid}`, tone: 'good' }
    }
    case 'process_exited': {
      const { app, signal, exit_code: code } = event.data
      if (signal !== undefined) return { at, text: `${app} was ended by ${signal}`, tone: 'bad' }
      const text = code ? `${app} ended with code ${code}` : `${app} ended`
      return { at, text, tone: code === 0 ? 'plain' : 'bad' }
    }
    default:
      return undefined
  }
}
