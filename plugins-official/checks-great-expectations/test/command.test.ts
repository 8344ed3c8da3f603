import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const command = [
  '--import',
  join(root, 'node_modules/tsx/dist/loader.mjs'),
  '-C',
  'tidegate-source',
  join(root, 'src/cli/main.ts'),
]
const files = {
  'orders.csv': 'id,name,at,score\n1,ada,2024-01-01,1.5\n2,bo,2024-01-02,\n2,,2024-01-03,9\n4,ada,nope,3\n',
  'none.csv': 'id,name,at,score\n',
  'good.json': JSON.stringify({
    name: 'g',
    expectations: [
      { type: 'expect_column_values_to_be_between', kwargs: { column: 'score', max_value: 5, mostly: 0.6 } },
    ],
  }),
  'bad.json': JSON.stringify({
    name: 'b',
    expectations: [
      { type: 'expect_column_values_to_be_unique', kwargs: { column: 'id' } },
      { type: 'expect_column_values_to_be_dateutil_parseable', kwargs: { column: 'at' }, severity: 'warning' },
    ],
  }),
  'warn.json': JSON.stringify({
    name: 'w',
    expectations: [{ type: 'expect_column_to_exist', kwargs: { column: 'x' }, severity: 'info' }],
  }),
  'odd.json': JSON.stringify({ name: 'o', expectations: [{ type: 'expect_column_values_to_rhyme', kwargs: {} }] }),
  'broken.json': '{',
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-suite-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function tidegate(...words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(npm_|vitest|node_options)/i.test(key)),
  )
  return promisify(execFile)(process.execPath, [...command, ...words], { cwd: folder, env }).then(
    (ended) => ({ code: 0, ...ended }),
    (error) => error as { code: number; stdout: string; stderr: string },
  )
}

describe('tidegate check --suite', { timeout: 120_000 }, () => {
  test('prints the result of Great Expectations, and ends with 1 where an expectation is not met', async () => {
    const { code, stdout } = await tidegate(
      'check',
      'orders.csv',
      '--suite',
      'bad.json',
      '--json',
      '--result-format',
      'complete',
    )
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      success: false,
      suite_name: 'b',
      results: [
        { success: false, result: { unexpected_list: [2, 2], unexpected_index_list: [1, 2] } },
        { result: { unexpected_list: ['nope'] } },
      ],
      statistics: { evaluated_expectations: 2, successful_expectations: 0, success_percent: 0 },
    })
  })

  test('prints a table for people', async () => {
    const { code, stdout } = await tidegate('check', 'orders.csv', '--suite', 'bad.json')
    expect(code).toBe(1)
    expect(stdout).toContain('orders.csv  0 of 2 expectations met')
    expect(stdout).toMatch(/expect_column_values_to_be_unique +id +2 unexpected \(50 %\): 2, 2 +not met/)
    expect(stdout).toMatch(/expect_column_values_to_be_dateutil_parseable +at +1 unexpected \(25 %\): "nope" +warning/)
  })

  test('ends with 0 where all are met, where only warnings are not, and of an empty table', async () => {
    expect((await tidegate('check', 'orders.csv', '--suite', 'good.json')).code).toBe(0)
    expect((await tidegate('check', 'orders.csv', '--suite', 'warn.json')).code).toBe(0)
    expect((await tidegate('check', 'none.csv', '--suite', 'bad.json')).code).toBe(0)
  })

  test('ends with 2 for what it cannot honour, and for usage', async () => {
    expect(await tidegate('check', 'orders.csv', '--suite', 'odd.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('1. expect_column_values_to_rhyme'),
    })
    expect(await tidegate('check', 'orders.csv', '--suite', 'broken.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no JSON'),
    })
    expect(await tidegate('check', 'orders.csv', '--suite', 'good.json', '--checks', 'c.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not by both'),
    })
    expect(await tidegate('check', 'orders.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--suite suite.json'),
    })
    expect(await tidegate('check', 'orders.csv', '--suite', 'gone.json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gone.json cannot be read'),
    })
  })
})
