// What the channel met, in one line on stderr.
import type { Terminal } from 'tieline/command'
import type { MailboxReport } from '../src/index.js'

export function tell(terminal: Terminal, report: MailboxReport): void {
  switch (report.kind) {
    case 'quarantined': {
      const { count, path, reason } = report
      terminal.fail(`${count} ${count === 1 ? 'entry' : 'entries'} of ${path} set aside: ${reason}`)
      break
    }
    case 'dropped':
      terminal.fail(
        `${report.count} oldest messages dropped, ${report.total} so far: the reader keeps no record`,
      )
      break
    case 'recovered':
      terminal.fail(`${report.path} was held by process ${report.pid}, which is dead: removed`)
      break
    case 'trouble':
      terminal.fail(`${report.error.message}; trying again`)
  }
}
