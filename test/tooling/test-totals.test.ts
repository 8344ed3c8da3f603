import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/test-totals.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tidegate-totals-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function totals(...reports: readonly object[]) {
  const paths = reports.map((report, index) => {
    const path = join(folder, `${index}.json`)
    writeFileSync(path, JSON.stringify(report))
    return path
  })
  const { stdout, status } = spawnSync(process.execPath, [script, ...paths], { encoding: 'utf8' })
  return { stdout, status }
}

it('adds up the tests of all runs', () => {
  const one = { numPassedTests: 3, numFailedTests: 0, testResults: [] }
  const two = { numPassedTests: 4, numFailedTests: 0, testResults: [] }
  expect(totals(one, two)).toEqual({ stdout: '7 passed, 0 failed\n', status: 0 })
})

it('counts a file that did not load, and fails', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ]
  expect(totals({ numPassedTests: 1, numFailedTests: 1, testResults })).toEqual({
    stdout: '1 passed, 2 failed\n',
    status: 1,
  })
})

it('fails where a report is missing', () => {
  const { stdout, status } = spawnSync(process.execPath, [script, join(folder, 'none.json')], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['0 passed, 1 failed\n', 1])
})
