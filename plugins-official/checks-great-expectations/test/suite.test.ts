import { table } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fromGreatExpectations, validateWithGreatExpectations } from '../src/index.ts'

const suite = (...expectations: readonly object[]) => ({ name: 's', expectations })
const between = (more: object) => ({
  type: 'expect_column_values_to_be_between',
  kwargs: { column: 'a', min_value: 0, ...more },
})
const data = table(z.object({ a: z.int(), b: z.string().nullable() }), { a: [1, 20, 3], b: ['x', null, 'y'] })

function refused(given: object, options = {}): readonly unknown[] {
  try {
    fromGreatExpectations(given, options)
  } catch (error) {
    return (error as { data: { refused: { expectation: number; why: string }[] } }).data.refused.map(
      ({ expectation, why }) => `${expectation}: ${why}`,
    )
  }
  return []
}

describe('what cannot be honoured', () => {
  test('is refused all at once, by name', () => {
    const given = suite(
      between({}),
      { type: 'expect_column_values_to_be_palindromes', kwargs: { column: 'a' } },
      between({ mostly: 2, colour: 'red' }),
      { type: 'unexpected_rows_expectation', kwargs: { unexpected_rows_query: 'select 1' } },
      { type: 'expect_column_chisquare_test_p_value_to_be_greater_than', kwargs: {} },
      between({ row_condition: 'F.col("a") > 1', condition_parser: 'spark' }),
      between({ max_value: { $PARAMETER: 'top' } }),
      { type: 'expect_column_values_to_match_regex', kwargs: { column: 'b', regex: '(?P<y>a)(?(y)b|c)' } },
      { type: 'expect_column_values_to_match_strftime_format', kwargs: { column: 'b', strftime_format: '%U' } },
      {
        type: 'expect_column_values_to_match_json_schema',
        kwargs: { column: 'b', json_schema: { $dynamicRef: '#x' } },
      },
      { type: 'expect_column_mean_to_be_between', kwargs: { column: 'a', auto: true } },
      { ...between({}), severity: 'fatal' },
      { type: 'expect_column_value_lengths_to_equal', kwargs: { column: 'b' } },
    )
    expect(refused(given)).toEqual([
      expect.stringMatching(/^2: it is no core expectation; a custom one is written with defineCheck/),
      '3: mostly is 2, it takes a share between 0 and 1',
      '3: colour is not known',
      '4: it is a query in SQL; write it as a sql step with checks behind it',
      '5: Great Expectations names it, but has not implemented it',
      '6: row_condition: the condition_parser "spark" belongs to another engine',
      '7: the parameter "top" is not given',
      '8: the regex "(?P<y>a)(?(y)b|c)": the group (?(y... is not understood',
      '9: strftime_format: the directive %U is not understood',
      '10: json_schema: the keyword $dynamicRef is not understood',
      '11: auto: bounds are not estimated from the data',
      '12: severity is "fatal", it takes critical, warning, info',
      '13: needs value, a number',
    ])
    expect(() => fromGreatExpectations(given)).toThrow(
      /13 things that are not honoured here:\n {2}2\. expect_column_values_to_be_palindromes: /,
    )
  })

  test('is helped with misspelt names', () => {
    expect(refused(suite({ type: 'expect_column_values_to_be_betwen', kwargs: {} }))).toEqual([
      expect.stringContaining('expect_column_values_to_be_between'),
    ])
  })

  test('is no suite', () => {
    for (const given of [null, 3, {}, { expectations: [{}] }, { expectations: [{ type: 'x', kwargs: 3 }] }])
      expect(() => fromGreatExpectations(given)).toThrow('no suite of Great Expectations')
  })
})

describe('parameters', () => {
  const given = suite(between({ max_value: { $PARAMETER: 'top' } }))
  test('stand in for what the suite leaves open', async () => {
    const { success } = await validateWithGreatExpectations(data, given, { parameters: { top: 20 } })
    expect(success).toBe(true)
    expect((await validateWithGreatExpectations(data, given, { parameters: { top: 19 } })).success).toBe(false)
  })
  test('fall back on what 0.18 wrote beside them', async () => {
    const beside = suite(between({ max_value: { $PARAMETER: 'top', '$PARAMETER.top': 5 } }))
    expect((await validateWithGreatExpectations(data, beside)).success).toBe(false)
  })
})

describe('the result of a suite', () => {
  test('has the form of 1.x', async () => {
    const result = await validateWithGreatExpectations(
      data,
      suite({ ...between({ max_value: 10 }), id: 'i1', meta: { a: 1 } }),
      { resultFormat: 'BASIC' },
    )
    expect(result).toEqual({
      success: false,
      suite_name: 's',
      suite_parameters: {},
      results: [
        {
          success: false,
          expectation_config: {
            type: 'expect_column_values_to_be_between',
            kwargs: { column: 'a', min_value: 0, max_value: 10 },
            meta: { a: 1 },
            id: 'i1',
            severity: 'critical',
          },
          result: {
            element_count: 3,
            unexpected_count: 1,
            unexpected_percent: (1 / 3) * 100,
            partial_unexpected_list: [20],
            missing_count: 0,
            missing_percent: 0,
            unexpected_percent_total: (1 / 3) * 100,
            unexpected_percent_nonmissing: (1 / 3) * 100,
          },
          meta: {},
          exception_info: { raised_exception: false, exception_message: null, exception_traceback: null },
        },
      ],
      statistics: {
        evaluated_expectations: 1,
        successful_expectations: 0,
        unsuccessful_expectations: 1,
        success_percent: 0,
      },
      meta: { validated_by: 'tidegate' },
    })
  })

  test('has the form of 0.18 where the suite is one', async () => {
    const old = {
      expectation_suite_name: 'old',
      expectations: [{ expectation_type: 'expect_column_to_exist', kwargs: { column: 'a' } }],
      meta: { great_expectations_version: '0.18.22' },
    }
    const result = await validateWithGreatExpectations(data, old)
    expect(result.evaluation_parameters).toEqual({})
    expect(result.results[0]!.expectation_config).toEqual({
      expectation_type: 'expect_column_to_exist',
      kwargs: { column: 'a' },
      meta: {},
    })
    expect(result.meta).toEqual({
      validated_by: 'tidegate',
      expectation_suite_name: 'old',
      great_expectations_version: '0.18.22',
    })
  })

  test('says of an expectation that does not fit the columns that it raised, and goes on with the others', async () => {
    const { results, statistics } = await validateWithGreatExpectations(
      data,
      suite(between({ column: 'nope' }), between({})),
    )
    expect(results[0]!.exception_info).toMatchObject({
      raised_exception: true,
      exception_message: expect.stringContaining('nope'),
    })
    expect(results[1]!.success).toBe(true)
    expect(statistics.success_percent).toBe(50)
  })

  test('lists as much as the format asks for, and names rows by columns', async () => {
    const format = {
      result_format: 'COMPLETE',
      partial_unexpected_count: 1,
      unexpected_index_column_names: ['b'],
    } as const
    const { results } = await validateWithGreatExpectations(data, suite(between({ min_value: 5 })), {
      resultFormat: format,
    })
    expect(results[0]!.result).toMatchObject({
      partial_unexpected_list: [1],
      partial_unexpected_index_list: [{ a: 1, b: 'x' }],
      unexpected_index_list: [
        { a: 1, b: 'x' },
        { a: 3, b: 'y' },
      ],
      unexpected_index_column_names: ['b'],
      unexpected_list: [1, 3],
    })
    const hidden = await validateWithGreatExpectations(data, suite(between({ min_value: 5 })), {
      resultFormat: { result_format: 'SUMMARY', exclude_unexpected_values: true },
    })
    expect(hidden.results[0]!.result).not.toHaveProperty('partial_unexpected_list')
    await expect(validateWithGreatExpectations(data, suite(), { resultFormat: 'ALL' as never })).rejects.toThrow(
      'no result format',
    )
    await expect(
      validateWithGreatExpectations(data, suite(), {
        resultFormat: { result_format: 'BASIC', include_unexpected_rows: true } as never,
      }),
    ).rejects.toThrow('include_unexpected_rows is not known')
  })

  test('counts the rows of other tables', async () => {
    const other = { type: 'expect_table_row_count_to_equal_other_table', kwargs: { other_table_name: 'others' } }
    const { results } = await validateWithGreatExpectations(data, suite(other), {
      tables: { others: table(z.object({ c: z.int() }), { c: [1] }) },
    })
    expect(results[0]).toMatchObject({ success: false, result: { observed_value: { self: 3, other: 1 } } })
    await expect(validateWithGreatExpectations(data, suite(other))).rejects.toThrow(
      'names other tables that are not given: others',
    )
  })

  test('of no expectations is a success without a percentage', async () => {
    const { success, statistics } = await validateWithGreatExpectations(data, suite())
    expect([success, statistics.success_percent]).toEqual([true, null])
  })
})

test('uniqueness of 200,000 different numbers takes no quadratic time', { timeout: 15_000 }, async () => {
  const many = table(z.object({ a: z.int() }), { a: Array.from({ length: 200_000 }, (_, i) => i) })
  const given = suite({ type: 'expect_column_values_to_be_unique', kwargs: { column: 'a' } })
  expect((await validateWithGreatExpectations(many, given)).success).toBe(true)
})
