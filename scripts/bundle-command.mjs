// Makes one CommonJS file of the `tieline` command (and one for what it loads on demand): Node starts
// it in two thirds of the time that the modules take one by one. Debuggers use the modules in dist/cli.
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const library = fileURLToPath(new URL('../packages/tieline/', import.meta.url))
const directory = `${library}dist/bin`

const bundle = await rolldown({
  input: { tieline: `${library}dist/cli/main.js` },
  platform: 'node',
  // What npm installs beside it stays there; koffi is native, ws is loaded when a page's endpoint is used.
  external: [/^node:/, 'ws', 'koffi'],
  // What one command loads late another has at once: that is as it should be.
  onLog: (level, log, tell) => {
    if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') tell(level, log)
  },
})
await rm(directory, { recursive: true, force: true })
await bundle.write({
  dir: directory,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
})
await bundle.close()
