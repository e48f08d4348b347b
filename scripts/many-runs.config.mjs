// `npm run test:many -- PATH…`: property tests with their runs multiplied by TIMES, see many-runs.mjs.
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import usual from '../vitest.config.js'

const standIn = fileURLToPath(new URL('many-runs.mjs', import.meta.url))

// biome-ignore lint/style/noDefaultExport: as vitest wants it
export default mergeConfig(
  usual,
  defineConfig({
    root: fileURLToPath(new URL('..', import.meta.url)),
    resolve: { alias: [{ find: /^fast-check$/, replacement: standIn }] },
    // The suites of tieline/testing are to make more runs too, wherever they are used.
    test: { server: { deps: { inline: [/tieline/] } }, testTimeout: 900_000 },
  }),
)
