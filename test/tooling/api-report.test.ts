import { expect, it } from 'vitest'
import { apiDifferences, apiReports } from '../../scripts/api-report.ts'

it('the public surface is the one checked in under api/ (if the change is meant: npm run api)', {
  timeout: 120_000,
}, () => {
  const reports = apiReports()
  expect(apiDifferences(reports).join('\n\n')).toBe('')
})

it('a changed surface is a readable difference', () => {
  const [difference] = apiDifferences(new Map([['tidegate-imagined.api.md', 'const sql: (q: string) => void']])).filter(
    (text) => text.includes('imagined'),
  )
  expect(difference).toContain('+ const sql: (q: string) => void')
})
