// The program of a handler process that the server starts: what to load comes as its arguments, where
// to join in its environment. It ends with its connection.
import { writeSync } from 'node:fs'
import { toErrorLine } from '../handlers/error-line.js'
import { lineLog } from '../handlers/log.js'
import { LAST_WORDS, LAUNCH_VARIABLE } from '../pool/child.js'
import { runHandlers } from './run.js'

const { WEB_BRIDGE_AT: at = '', WEB_BRIDGE_DEVELOPMENT, [LAUNCH_VARIABLE]: launch } = process.env
const development = WEB_BRIDGE_DEVELOPMENT === '1'
const log = lineLog({ name: `handlers[${process.pid}]`, level: development ? 'debug' : 'info' })

// The terminal's Ctrl-C reaches this process too; the server is who ends it, in good order.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

try {
  const link = await runHandlers({ at, modules: process.argv.slice(2), log, launch, development })
  process.once('SIGTERM', () => void link.close())
  await link.ended
} catch (error) {
  // The server tells it as its own failure; a developer also wants to see where.
  if (development) log.error({ err: error }, toErrorLine(error))
  writeSync(LAST_WORDS, toErrorLine(error))
  process.exitCode = 1
}
// What a handler left behind, a timer or a socket, must not keep the process.
setTimeout(() => process.exit(), 100).unref()
