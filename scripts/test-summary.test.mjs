// How test-summary.mjs counts: nothing that went wrong may end as `0 failed`.
import { expect, test } from 'vitest'
import { summary } from './test-summary.mjs'

/** A report of files: name, state, and the states of its tests. */
function report(...files) {
  return {
    testResults: files.map(([name, status, ...states]) => ({
      name,
      status,
      assertionResults: states.map((state, at) => ({ status: state, fullName: `test ${at}` })),
    })),
  }
}

test('counts what passed, failed and was skipped or left to do', () => {
  const states = ['passed', 'passed', 'failed', 'skipped', 'todo']
  expect(summary(report(['a', 'failed', ...states]), 1)).toEqual({
    passed: 2,
    failed: 1,
    skipped: 2,
    flaky: [],
  })
})

test('a file that did not load is a failure', () => {
  expect(summary(report(['a', 'failed']), 1)).toMatchObject({ passed: 0, failed: 1 })
})

test('a run that ended badly with every test passed is a failure', () => {
  expect(summary(report(['a', 'passed', 'passed']), 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('a run without a report is a failure', () => {
  expect(summary(undefined, 134)).toEqual({ passed: 0, failed: 1, skipped: 0, flaky: [] })
})

test('a good run has no failure', () => {
  expect(summary(report(['a', 'passed', 'passed']), 0)).toMatchObject({ passed: 1, failed: 0 })
})

test('what passes at the second try is counted once, and named', () => {
  const first = report(['a', 'failed', 'passed', 'failed'], ['b', 'passed', 'passed'])
  const again = report(['a', 'passed', 'passed', 'passed'])
  expect(summary(first, 0, again)).toEqual({
    passed: 3,
    failed: 0,
    skipped: 0,
    flaky: ['a: test 1'],
  })
})

test('what fails twice is a failure, and so is a second run that ends badly', () => {
  const first = report(['a', 'failed', 'failed'])
  expect(summary(first, 1, first)).toMatchObject({ failed: 1, flaky: [] })
  expect(summary(first, 1, report(['a', 'passed', 'passed']))).toMatchObject({ failed: 1 })
  expect(summary(first, 1, report())).toMatchObject({ failed: 1 })
})
