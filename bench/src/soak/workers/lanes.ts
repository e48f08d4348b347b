// The other end of a traffic process: runs the lanes it is given when the soak says so, and reports.
import { type Ledger, textOf } from '../ledger.js'
import { type Lane, Traffic } from '../traffic.js'
import type { Order, Told } from '../traffic-process.js'

/** Milliseconds between two reports. */
const REPORT_MS = 500

export interface LanesOptions {
  readonly ledger: Ledger
  readonly lanes: readonly Lane[]
  /** Rejects when something is not as it should be. */
  readonly look?: () => Promise<unknown>
  readonly end: () => Promise<void>
}

export function runLanes({ ledger, lanes, look, end }: LanesOptions): void {
  const traffic = new Traffic(ledger, lanes)
  const tell = (told: Told) => {
    // With a callback: a soak that has gone in between is no reason to die of.
    if (process.connected) process.send?.(told, () => {})
  }
  const report = () => tell({ report: ledger.report() })
  setInterval(report, REPORT_MS).unref()
  process.on('message', (order: Order) => {
    if ('disturbed' in order) {
      ledger.disturbed = order.disturbed
      tell({ heard: true })
    } else if ('look' in order) {
      Promise.resolve(look?.()).then(
        () => tell({ missing: null }),
        (error: unknown) => tell({ missing: textOf(error) }),
      )
    } else {
      void traffic.work(order.work).then(() => {
        report()
        if (!order.work) tell({ rested: true })
      })
    }
  })
  process.once('SIGTERM', () => process.disconnect())
  process.once('disconnect', () => void traffic.work(false).then(end))
  process.stdout.write('ready\n')
}
