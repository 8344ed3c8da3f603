import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, diskWorkspace, each, fromTable, pipeline, run, table } from 'tidegate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fromGreatExpectations } from '../src/index.ts'

const Row = z.object({ id: z.int(), n: z.number().nullable(), s: z.string().nullable() })
const rows = {
  id: [1, 2, 3, 4, 5, 5],
  n: [1, null, 30, 4, null, 5],
  s: ['a', 'b', 'a', null, 'zz', 'a'],
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-ge-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Ids that passed and reasons of those that did not, or how the run ended. */
async function gate(expectations: readonly object[], options: Parameters<typeof fromGreatExpectations>[1] = {}) {
  const source = fromTable(table(Row, rows))
  const checks = fromGreatExpectations({ name: 's', expectations }, options)
  const clean = each({ from: source, run: (t) => t, expect: checks, otherwise: 'quarantine' })
  const config = defineConfig(() => ({
    pipelines: { p: pipeline({ source, clean }) },
    workspace: diskWorkspace({ folder }),
  }))
  try {
    const result = await run(config, 'p')
    const bad = await result.clean.quarantine.table()
    return { ids: (await result.clean.table()).array('id'), reasons: bad.array('_reasons') }
  } catch (error) {
    return { failed: (error as Error).message }
  }
}

describe('a suite in a node', () => {
  test('condemns the rows that an expectation does not hold for, and leaves nulls alone', async () => {
    const expectations = [
      { type: 'expect_column_values_to_be_between', kwargs: { column: 'n', min_value: 0, max_value: 10 } },
    ]
    expect(await gate(expectations)).toEqual({
      ids: [1, 2, 4, 5, 5],
      reasons: ['expect_column_values_to_be_between(n, min_value: 0, max_value: 10)'],
    })
  })

  test('takes mostly of the rows that are not null', async () => {
    const between = (mostly: number) => [
      { type: 'expect_column_values_to_be_between', kwargs: { column: 'n', min_value: 0, max_value: 10, mostly } },
    ]
    expect(await gate(between(0.75))).toMatchObject({ ids: [1, 2, 4, 5, 5] })
    expect(await gate(between(0.76))).toEqual({ failed: expect.stringContaining('1 of 4 rows failed') })
  })

  test('takes mostly of the rows that meet the condition', async () => {
    const one = (mostly: number) => [
      {
        type: 'expect_column_values_to_be_in_set',
        kwargs: { column: 's', value_set: ['zz'], row_condition: 'id > 4', condition_parser: 'pandas', mostly },
      },
    ]
    expect(await gate(one(0.5))).toMatchObject({ ids: [1, 2, 3, 4, 5] })
    expect(await gate(one(0.51))).toEqual({ failed: expect.stringContaining('1 of 2 rows failed') })
  })

  test('condemns repeated values in the fold, with mostly over what was judged', async () => {
    const unique = (column: string, mostly: number) => [
      { type: 'expect_column_values_to_be_unique', kwargs: { column, mostly } },
    ]
    expect(await gate(unique('id', 0.6))).toMatchObject({ ids: [1, 2, 3, 4] })
    expect(await gate(unique('id', 0.7))).toEqual({ failed: expect.stringContaining('2 of 6 judged rows failed') })
    expect(await gate(unique('s', 0.4))).toMatchObject({ ids: [2, 4, 5] })
    expect(await gate(unique('s', 0.41))).toEqual({ failed: expect.stringContaining('3 of 5 judged rows failed') })
  })

  test('decides statistics over the dataset', async () => {
    const mean = (max_value: number) => [
      { type: 'expect_column_mean_to_be_between', kwargs: { column: 'n', max_value } },
    ]
    expect(await gate(mean(10))).toMatchObject({ ids: [1, 2, 3, 4, 5, 5] })
    expect(await gate(mean(9))).toEqual({ failed: expect.stringContaining('observed 10') })
  })

  test('lets warnings of 1.x pass', async () => {
    const expectations = [
      { type: 'expect_column_mean_to_be_between', kwargs: { column: 'n', max_value: 9 }, severity: 'warning' },
      { type: 'expect_column_values_to_not_be_null', kwargs: { column: 's' }, severity: 'info' },
    ]
    expect(fromGreatExpectations({ name: 's', expectations }).map(({ severity }) => severity)).toEqual(['warn', 'info'])
    expect(await gate(expectations)).toMatchObject({ ids: [1, 2, 3, 4, 5, 5] })
  })

  test('gives rows the verdict and the note', async () => {
    const expectations = [
      {
        type: 'expect_column_values_to_not_be_null',
        kwargs: { column: 's' },
        meta: { notes: { content: ['asked for by sales'] } },
      },
    ]
    expect(await gate(expectations)).toMatchObject({ reasons: [expect.stringContaining('asked for by sales')] })
    expect(await gate(expectations, { verdict: 'drop' })).toEqual({ ids: [1, 2, 3, 5, 5], reasons: [] })
  })

  test('names two expectations alike apart', () => {
    const one = { type: 'expect_column_to_exist', kwargs: { column: 'n' } }
    const names = fromGreatExpectations({ name: 's', expectations: [one, one] }).map(({ name }) => name)
    expect(names).toEqual(['expect_column_to_exist(n)', 'expect_column_to_exist(n) #2'])
  })

  test('compares its rows with those of another node', async () => {
    const source = fromTable(table(Row, rows))
    const other = fromTable(table(z.object({ a: z.int() }), { a: [1, 2] }))
    const expectations = [
      { type: 'expect_table_row_count_to_equal_other_table', kwargs: { other_table_name: 'other' } },
    ]
    const checks = fromGreatExpectations({ name: 's', expectations }, { tables: { other } })
    const clean = each({ from: source, run: (t) => t, expect: checks })
    const config = defineConfig(() => ({
      pipelines: { p: pipeline({ source, other, clean }) },
      workspace: diskWorkspace({ folder }),
    }))
    await expect(run(config, 'p')).rejects.toThrow('6 rows here, 2 in other')
    expect(() => fromGreatExpectations({ name: 's', expectations })).toThrow(
      'names the table "other", which is not given',
    )
  })
})
