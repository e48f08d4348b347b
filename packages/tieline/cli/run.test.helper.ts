// Runs the built `tieline` as a user's shell would.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ownFolder } from '../../../test/support/at-end.js'
import { Command, type Ended } from '../../../test/support/command.js'

export const BIN = fileURLToPath(new URL('../bin/tieline.cjs', import.meta.url))
if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
  throw new Error('these tests run the built command: npm run build')
}

/** A directory of this test file's own, which holds sockets. */
export const folder = ownFolder()

export function start(...args: string[]): Command {
  const env = { XDG_RUNTIME_DIR: folder, NO_COLOR: undefined }
  return new Command(process.execPath, [BIN, ...args], { env, input: true })
}

/** Runs `tieline` with these arguments until it ends. */
export function tieline(...args: string[]): Promise<Ended> {
  const command = start(...args)
  command.child.stdin?.end()
  return command.ended()
}
