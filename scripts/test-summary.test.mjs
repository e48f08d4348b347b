// How test-summary.mjs counts: nothing that went wrong may end as `0 failed`.
import { expect, test } from 'vitest'
import { summary } from './test-summary.mjs'

/** A report of one file with tests of these states. */
function report(file, ...states) {
  const count = (state) => states.filter((other) => other === state).length
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: count('todo'),
    testResults: [{ status: file, assertionResults: states.map((status) => ({ status })) }],
  }
}

test('counts what passed, failed and was skipped or left to do', () => {
  const states = ['passed', 'passed', 'failed', 'skipped', 'todo']
  expect(summary(report('failed', ...states), 1)).toEqual({ passed: 2, failed: 1, skipped: 2 })
})

test('a file that did not load is a failure', () => {
  expect(summary(report('failed'), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a run that ended badly with every test passed is a failure', () => {
  expect(summary(report('passed', 'passed'), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('a run without a report is a failure', () => {
  expect(summary(undefined, 134)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a good run has no failure', () => {
  expect(summary(report('passed', 'passed'), 0)).toEqual({ passed: 1, failed: 0, skipped: 0 })
})
