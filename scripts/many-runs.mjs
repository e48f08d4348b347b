// Stands in for fast-check when `npm run test:many` asks for more: each property test makes TIMES as
// many runs as it says (100). What is rare in one night's run is found in one.
import { createRequire } from 'node:module'

/** @type {typeof import('fast-check')} */
const real = createRequire(import.meta.url)('fast-check')
const TIMES = Number(process.env.TIMES ?? 100)
/** What fast-check does when a test says nothing. */
const USUAL = 100
/** Milliseconds for one property: some of the suites' make many runs already. */
const LONGEST_MS = 120_000

/** @type {typeof real.assert} */
const assert = (property, parameters = {}) => {
  const numRuns = (parameters.numRuns ?? USUAL) * TIMES
  return real.assert(property, { interruptAfterTimeLimit: LONGEST_MS, ...parameters, numRuns })
}

// biome-ignore lint/style/noDefaultExport: the tests import fast-check's default export
export default { ...real, assert }
