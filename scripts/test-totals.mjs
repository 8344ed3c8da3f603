/**
 * Adds up vitest's JSON reports: `node scripts/test-totals.mjs a.json b.json` prints "N passed, N failed".
 * A test file that failed without a failing test (it did not load, a hook threw) counts as one failure, and so does a
 * missing report. Plain JavaScript, because it must also run where the install failed.
 */
import { existsSync, readFileSync } from 'node:fs'

let passed = 0
let failed = 0
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    failed++
    continue
  }
  const report = JSON.parse(readFileSync(path, 'utf8'))
  passed += report.numPassedTests
  failed += report.numFailedTests
  for (const { status, assertionResults } of report.testResults) {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) failed++
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
