// The supervisor's process: a daemon of its own for one studio, in the studio's directory. It ends its
// apps and removes the directory when the program that started it is gone, however that went: that
// program holds the other end of its stdin. Told to end by a signal it leaves the apps to the next one.
//
//   node main.js DIRECTORY
import { rm } from 'node:fs/promises'
import { daemonPlace, startDaemon } from '@tieline/supervisor'
import { within } from '../place.js'

const [directory = ''] = process.argv.slice(2)
const at = within(directory)
/** By convention, 128 and the number of SIGTERM: this was not the end of the studio. */
const TERMINATED = 143

const daemon = await startDaemon({
  place: daemonPlace(at.supervisor),
  directory: at.state,
  version: '0.1.0',
  log: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
})
process.stdin.resume()
// Some ends of a pipe come as an error; `close` follows.
process.stdin.on('error', () => {})
process.stdin.once('close', () => void daemon.close('stop'))
process.once('SIGTERM', () => {
  process.exitCode = TERMINATED
  void daemon.close('leave')
})
await daemon.ended
process.stdin.destroy()
if (!process.exitCode) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
