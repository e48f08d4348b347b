// The last line of a test run, `N passed, N failed, N skipped`, from the JSON report of vitest.
// usage: node scripts/test-summary.mjs REPORT STATUS   (STATUS: what the run ended with)
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/**
 * Counts a report. A file that failed without a failed test (it did not load, a hook threw) is one
 * failure. So is a run that ended badly for nothing that the report has: an unhandled rejection, a
 * crash that left no report, a check before the tests.
 */
export function summary(report, status) {
  const broken = report?.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = report ? report.numFailedTests + broken.length : 0
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report ? report.numPendingTests + report.numTodoTests : 0,
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path = '', status] = process.argv.slice(2)
  const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
  if (!report) console.log(`the tests left no report at ${path}`)
  const { passed, failed, skipped } = summary(report, Number(status ?? (report ? 0 : 1)))
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}
