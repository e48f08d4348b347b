// The last line of a test run, `N passed, N failed, N skipped`, from the JSON reports of vitest.
// usage: node scripts/test-summary.mjs STATUS REPORT [AGAIN]   (STATUS: what the run ended with;
//        AGAIN: the report of the failed files' second run)
//        node scripts/test-summary.mjs --failed REPORT         (the files that failed, a line each)
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/**
 * Counts a report. A file that failed without a failed test (it did not load, a hook threw) is one
 * failure. So is a run that ended badly for nothing that the report has: an unhandled rejection, a
 * crash that left no report, a check before the tests. What a second run has of a file counts in
 * place of what the first has; what it mended is named in `flaky`.
 */
export function summary(report, status, again) {
  const files = (report?.testResults ?? []).map((file) => ({
    first: file,
    last: again?.testResults.find(({ name }) => name === file.name) ?? file,
  }))
  const failed = files.reduce((sum, { last }) => sum + failures(last), 0)
  const count = (...states) =>
    files
      .flatMap(({ last }) => last.assertionResults)
      .filter((test) => states.includes(test.status)).length
  return {
    passed: count('passed'),
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
    flaky: files
      .filter(({ first, last }) => failures(first) > 0 && failures(last) === 0)
      .flatMap(({ first }) => names(first)),
  }
}

function failures(file) {
  const tests = file.assertionResults.filter((test) => test.status === 'failed').length
  return tests === 0 && file.status === 'failed' ? 1 : tests
}

function names(file) {
  const tests = file.assertionResults.filter((test) => test.status === 'failed')
  return tests.length === 0 ? [file.name] : tests.map(({ fullName }) => `${file.name}: ${fullName}`)
}

function read(path) {
  return path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** @param {string[]} words */
function main(words) {
  const [first = '', path, second] = words
  const report = read(path)
  if (first === '--failed') {
    const files = (report?.testResults ?? []).filter((file) => failures(file) > 0)
    for (const { name } of files) console.log(name)
    return
  }
  if (!report) console.log(`the tests left no report at ${path}`)
  const { passed, failed, skipped, flaky } = summary(report, Number(first), read(second))
  for (const name of flaky) console.log(`flaky, passed at the second try: ${name}`)
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
