import { readFile } from 'node:fs/promises'
import * as checks from '@tidegate/checks'
import * as core from 'tidegate'
import { expect, it } from 'vitest'

/** Words of Tidegate that are no exports of a package. */
const others = new Set(['run', 'fromGreatExpectations', 'rollup'])

it('every rule that the page names in the column of Tidegate exists', async () => {
  const page = await readFile(new URL('../../docs/checks/coming-from.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
  const words = rows.flatMap((row) =>
    [...(row.split(/(?<!\\)\|/).at(-2) ?? '').matchAll(/`(\w+)(?:\(|`)/g)].map(([, word]) => word as string),
  )
  const used = [...new Set(words)].filter((word) => /^[a-z]+[A-Z]?\w*$/.test(word))
  const known = new Set([...Object.keys(core), ...Object.keys(checks), ...others])
  const options = new Set(['severity', 'schema', 'parse', 'satisfies', 'verdict', 'trim', 'onQualityViolation'])
  expect(used.length).toBeGreaterThan(30)
  expect(used.filter((word) => !known.has(word) && !options.has(word))).toEqual([])
})
