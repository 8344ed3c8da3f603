import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, diskWorkspace, each, fromTable, pipeline, run, table } from 'tidegate'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { fromGreatExpectations, validateWithGreatExpectations } from '../src/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-checks-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const Person = z.object({
  id: z.int(),
  email: z
    .string()
    .nullable()
    .meta({ tags: ['pii'] }),
  salary: z.int().meta({ tags: ['pii'] }),
})
const people = table(Person, {
  id: [1, 2, 2],
  email: ['canary@a', 'canary@b', 'canary@b'],
  salary: [77011, 77022, 77022],
})
const suite = {
  name: 's',
  expectations: [
    { type: 'expect_column_values_to_match_regex', kwargs: { column: 'email', regex: '^z' } },
    { type: 'expect_column_values_to_be_unique', kwargs: { column: 'email' } },
    { type: 'expect_compound_columns_to_be_unique', kwargs: { column_list: ['id', 'email'] } },
    { type: 'expect_column_pair_values_a_to_be_greater_than_b', kwargs: { column_A: 'id', column_B: 'salary' } },
    { type: 'expect_column_distinct_values_to_be_in_set', kwargs: { column: 'email', value_set: ['z'] } },
    { type: 'expect_column_most_common_value_to_be_in_set', kwargs: { column: 'email', value_set: ['z'] } },
    { type: 'expect_column_min_to_be_between', kwargs: { column: 'salary', min_value: 100_000 } },
  ],
}

it.each(['SUMMARY', 'COMPLETE'] as const)(
  'results (%s) show no value of a tagged column, and count as ever',
  async (resultFormat) => {
    const naming = { result_format: resultFormat, unexpected_index_column_names: ['email'] }
    for (const format of [resultFormat, naming]) {
      const { results, success } = await validateWithGreatExpectations(people, suite, { resultFormat: format })
      const told = JSON.stringify(results.map(({ result }) => result))
      expect(told).not.toMatch(/canary|770/)
      expect(success).toBe(false)
      expect(results.map(({ result }) => result['unexpected_count'])).toEqual([3, 2, 2, 3, 2, undefined, undefined])
      expect(results[3]?.result['partial_unexpected_list']).toEqual([
        [1, '***'],
        [2, '***'],
        [2, '***'],
      ])
    }
  },
)

it('nor do the gates that take its expectations, whatever the column was made from', async () => {
  const source = fromTable(people)
  const clean = each({
    from: source,
    run: (t) => t.derive({ mail: (d) => d.email }),
    expect: [
      ...fromGreatExpectations({
        name: 's',
        expectations: [
          ...suite.expectations.slice(4),
          { type: 'expect_column_most_common_value_to_be_in_set', kwargs: { column: 'mail', value_set: ['z'] } },
        ],
      }),
    ],
  })
  const failed = run(
    defineConfig(() => ({ pipelines: { p: pipeline({ source, clean }) }, workspace: diskWorkspace({ folder }) })),
    'p',
  )
  const error = await failed.catch((cause: Error) => cause)
  expect((error as Error).message).toMatch(/observed \["\*\*\*"\]/)
  expect(JSON.stringify([(error as Error).message, error])).not.toMatch(/canary|770/)
})
