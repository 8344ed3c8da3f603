import { table } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { validateWithGreatExpectations } from '../src/index.ts'

const data = table(
  z.object({ id: z.int(), n: z.number().nullable(), s: z.string().nullable(), d: z.date().nullable() }),
  {
    id: [1, 2, 3, 4],
    n: [1, null, 3, 4],
    s: ['a', 'b', null, '4'],
    d: [Date.parse('2020-01-01T00:00Z'), Date.parse('2020-06-01T00:00Z'), null, Date.parse('2021-01-01T00:00Z')],
  },
)

/** Ids of the rows that a condition names, or why it is refused. */
async function rowsWhere(row_condition: unknown, condition_parser?: string): Promise<unknown> {
  const kwargs = {
    column: 'id',
    max_value: 0,
    row_condition,
    ...(condition_parser === undefined ? {} : { condition_parser }),
  }
  const suite = { name: 's', expectations: [{ type: 'expect_column_values_to_be_between', kwargs }] }
  try {
    const { results } = await validateWithGreatExpectations(data, suite, { resultFormat: 'COMPLETE' })
    return results[0]!.result['unexpected_list'] ?? results[0]!.exception_info.exception_message
  } catch (error) {
    return (error as Error).message
  }
}

describe('the language of Great Expectations', () => {
  test.each([
    ['col("n").notnull()', [1, 3, 4]],
    ['col("n").NOTNULL()', [1, 3, 4]],
    ['col("n") > 1', [3, 4]],
    ['col("n") != 1', [3, 4]],
    ['col("n") == 3.0', [3]],
    ['col("n")<=-1e1', []],
    ['col("s") == "a"', [1]],
    ['col("s") != \'a\'', [2, 4]],
    ['col("d") >= date("2020-06-01")', [2, 4]],
  ])('%s', async (condition, ids) => {
    expect(await rowsWhere(condition, 'great_expectations')).toEqual(ids)
    expect(await rowsWhere(condition, 'great_expectations__experimental__')).toEqual(ids)
  })
  test.each(['n > 1', 'col("n")', 'col("n") ~ 1', 'col("n") > x', 'col("d") > date(1)', 'col("d") > "x")'])(
    'does not know %s',
    async (condition) => {
      expect(await rowsWhere(condition, 'great_expectations')).toContain('row_condition: ')
    },
  )
})

describe('the objects of 1.x', () => {
  const column = { name: 'n' }
  const compared = (operator: string, parameter: unknown) => ({ type: 'comparison', column, operator, parameter })
  test.each([
    [compared('>', 1), [3, 4]],
    [compared('!=', 1), [2, 3, 4]],
    [compared('IN', [1, 3]), [1, 3]],
    [compared('NOT_IN', [1, 3]), [2, 4]],
    [{ type: 'nullity', column, is_null: true }, [2]],
    [{ type: 'nullity', column, is_null: false }, [1, 3, 4]],
    [{ type: 'and', conditions: [compared('>', 1), compared('<', 4)] }, [3]],
    [{ type: 'or', conditions: [compared('<', 2), compared('==', 4)] }, [1, 4]],
    [{ type: 'pass_through', pass_through_filter: 'n == 3' }, [3]],
    [{ type: 'comparison', column: { name: 'd' }, operator: '<', parameter: '2020-06-01' }, [1]],
  ])('%j', async (condition, ids) => {
    expect(await rowsWhere(condition)).toEqual(ids)
  })
  test.each([[3], [{ type: 'xor' }], [compared('~', 1)], [compared('==', null)], [{ type: 'nullity' }]])(
    'are not %j',
    async (condition) => {
      expect(await rowsWhere(condition)).toContain('row_condition: ')
    },
  )
})

describe('a condition', () => {
  test('needs a parser that is known here', async () => {
    expect(await rowsWhere('n > 1')).toContain('needs condition_parser')
    expect(await rowsWhere('n > 1', 'spark')).toContain('belongs to another engine')
  })
  test('that compares text with numbers, or is no truth, raises', async () => {
    expect(await rowsWhere('s > 1', 'pandas')).toContain('compares text with a number')
    expect(await rowsWhere('n + 1', 'pandas')).toContain('neither true nor false')
    expect(await rowsWhere('nope > 1', 'pandas')).toContain('nope')
  })
  test('reads texts beside times as times', async () => {
    expect(await rowsWhere("d > '2020-05-01' and d < '1 Dec 2020'", 'pandas')).toEqual([2])
    expect(await rowsWhere("d in ['2020-01-01', '2021-01-01']", 'pandas')).toEqual([1, 4])
  })
})
