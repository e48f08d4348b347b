// Where the faults' chance comes from: one seed for a run, told when a test fails. The same seed in
// TIELINE_SEED gives each test the same faults again, whichever tests run beside it.
import { expect, onTestFailed } from 'vitest'

const told = Number(process.env['TIELINE_SEED'])
const BASE = told > 0 ? told : 1 + Math.floor(Math.random() * 0x7fff_fffe)
const used = new Map<string, number>()

/** A seed for the next thing in the current test that is left to chance. Prints the run's when the test fails. */
export function nextSeed(): number {
  const test = expect.getState().currentTestName ?? ''
  const count = used.get(test) ?? 0
  used.set(test, count + 1)
  if (test !== '' && count === 0) {
    onTestFailed(() => {
      // biome-ignore lint/suspicious/noConsole: shown with the failed test, and nowhere else
      console.error(`faults of this run: TIELINE_SEED=${BASE}`)
    })
  }
  let sum = BASE
  for (const character of `${test}\n${count}`) {
    sum = Math.imul(sum ^ (character.codePointAt(0) as number), 0x01000193)
  }
  return sum >>> 0
}
