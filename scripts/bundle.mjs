// Makes few files of many, for Node to start sooner: of the `tieline` command in dist/bin, of the library
// in dist/node. Bundlers and debuggers use the modules in dist/src and dist/cli.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const library = fileURLToPath(new URL('../packages/tieline/', import.meta.url))
const { exports, peerDependencies } = JSON.parse(readFileSync(`${library}package.json`, 'utf8'))

// The command is CommonJS, which Node starts in two thirds of the time of modules.
await bundle({ tieline: 'dist/cli/main.js' }, 'dist/bin', 'cjs')
await bundle(entries(), 'dist/node', 'esm')

/** What each export has for Node: the name of its file there, and the module that it is made from. */
function entries() {
  const all = Object.values(exports).map((files) => [
    /^\.\/dist\/node\/(.*)\.js$/.exec(files.node)?.[1],
    files.default,
  ])
  return Object.fromEntries(all)
}

async function bundle(input, directory, format) {
  const made = await rolldown({
    cwd: library,
    input,
    platform: 'node',
    // What npm installs beside it stays there; koffi is native, ws is loaded when a page's endpoint is used.
    external: [/^node:/, 'ws', 'koffi', ...Object.keys(peerDependencies)],
    // What one export loads late another has at once: that is as it should be.
    onLog: (level, log, tell) => {
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') tell(level, log)
    },
  })
  const extension = format === 'cjs' ? 'cjs' : 'js'
  await rm(`${library}${directory}`, { recursive: true, force: true })
  await made.write({
    dir: `${library}${directory}`,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: format === 'cjs' ? '[name].cjs' : 'shared/[name].js',
    // Who reads the code has it in dist/src.
    comments: { jsdoc: false },
  })
  await made.close()
}
