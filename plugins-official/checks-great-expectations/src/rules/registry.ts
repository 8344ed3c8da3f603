import type { Define } from './definition.ts'
import { distinctRules } from './distinct-sets.ts'
import { divergenceRules } from './divergence.ts'
import { severalRules } from './several.ts'
import { statisticRules } from './statistics.ts'
import { tableRules } from './tables.ts'
import { textRules } from './texts.ts'
import { typeRules } from './types.ts'
import { valueRules } from './values.ts'
import { wholeRules } from './wholes.ts'

/** Every expectation that is understood, by its type. */
export const rules: Readonly<Record<string, Define>> = {
  ...valueRules,
  ...textRules,
  ...typeRules,
  ...wholeRules,
  ...severalRules,
  ...statisticRules,
  ...distinctRules,
  ...divergenceRules,
  ...tableRules,
}

const sql = 'it is a query in SQL; write it as a sql step with checks behind it'
const unwritten = 'Great Expectations names it, but has not implemented it'

/** Expectations of the core that are not honoured, and why. */
export const refusals: Readonly<Record<string, string>> = {
  unexpected_rows_expectation: sql,
  expect_query_results_to_match_comparison: sql,
  expect_column_bootstrapped_ks_test_p_value_to_be_greater_than: unwritten,
  expect_column_chisquare_test_p_value_to_be_greater_than: unwritten,
  expect_column_pair_cramers_phi_value_to_be_less_than: unwritten,
  expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than: unwritten,
  expect_multicolumn_values_to_be_unique: `${unwritten}; expect_select_column_values_to_be_unique_within_record means the same`,
}
