// The connection: its state in three places, and its figures.
import type { ConnectionStatus } from 'tieline'
import { element, write } from '../dom.js'
import type { Figures } from '../link/link.js'
import { bytes, short, waiting } from '../text.js'

/** Round trips in the little curve: a minute of them. */
const TRIPS = 60
/** Attempts in vain after which it is said what may be wrong. */
const MANY = 6

export class ConnectionPanel {
  readonly #trips: number[] = []
  #before = false
  #failures = 0

  status(status: ConnectionStatus): void {
    const { state } = status
    if (state === 'connected') {
      this.#before = true
      this.#failures = 0
    }
    if (state === 'waiting') this.#failures++
    const shown = state === 'connecting' && this.#failures > 0 ? 'waiting' : state
    element('status').dataset.state = shown
    element('view').dataset.state = shown
    write('status-text', TEXTS[shown])
    write('state', shown)
    this.#veil(status, shown)
  }

  figures({ roundTrip, updates, inRate, outRate, received, sent, times }: Figures): void {
    write('trip', roundTrip === undefined ? '–' : short(roundTrip))
    write('updates', `${Math.round(updates)}/s`)
    write('in-rate', `${bytes(inRate)}/s`)
    write('out-rate', `${bytes(outRate)}/s`)
    write('in-total', bytes(received))
    write('out-total', bytes(sent))
    write('times', String(times))
    if (roundTrip === undefined) return
    this.#trips.push(roundTrip)
    if (this.#trips.length > TRIPS) this.#trips.shift()
    this.#curve()
  }

  #veil(status: ConnectionStatus, shown: ConnectionStatus['state']): void {
    element('veil').hidden = shown === 'connected'
    if (status.state === 'connecting' && shown === 'waiting') return
    write('veil-title', this.#before ? 'Connection lost' : 'Connecting to the scene')
    if (status.state === 'waiting') {
      const again = `Trying again in ${waiting(status.retryInMs)}.`
      const why = 'If the editor was started anew, open the address that it printed.'
      write('veil-text', this.#failures < MANY ? again : `${again} ${why}`)
    } else {
      write('veil-text', status.state === 'closed' ? (status.error?.message ?? 'Closed.') : '')
    }
  }

  #curve(): void {
    const trips = this.#trips
    // At least 2 ms high: the noise of a quiet line should look quiet.
    const top = Math.max(2, ...trips) * 1.15
    const points = trips.map((trip, at) => {
      const x = 120 - (trips.length - 1 - at) * (120 / (TRIPS - 1))
      return `${x.toFixed(1)} ${(31 - (trip / top) * 29).toFixed(1)}`
    })
    const curve = element<SVGElement>('trips')
    const line = `M${points.join('L')}`
    const [first = '0'] = (points[0] ?? '').split(' ')
    curve.querySelector('.line')?.setAttribute('d', line)
    curve.querySelector('.area')?.setAttribute('d', `${line}L120 32L${first} 32Z`)
  }
}

const TEXTS: Readonly<Record<ConnectionStatus['state'], string>> = {
  connecting: 'Connecting',
  connected: 'Connected',
  waiting: 'Reconnecting',
  closed: 'Closed',
}
