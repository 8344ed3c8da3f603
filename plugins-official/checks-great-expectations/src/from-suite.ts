import {
  type Check,
  type CheckOptions,
  createCheck,
  type Node,
  type RowVerdict,
  type Severity,
  TidegateError,
} from 'tidegate'
import { datasetRule, otherTableRule } from './check/dataset-rule.ts'
import { rowRule } from './check/row-rule.ts'
import { wholeRule } from './check/whole-rule.ts'
import { type Defined, defineSuite, type SuiteOptions } from './suite/define-suite.ts'

export interface FromSuiteOptions extends SuiteOptions {
  /** What rows get that an expectation does not hold for; without it the node's `otherwise`, then the hook, then `halt`. */
  readonly verdict?: RowVerdict
  /** Nodes for the tables that the suite names besides its own (`expect_table_row_count_to_equal_other_table`). */
  readonly tables?: Readonly<Record<string, Node>>
}

/**
 * The expectations of a suite as checks, to be spread into `expect`: `expect: [...fromGreatExpectations(suite), notNull('id')]`. Expectations about
 * rows condemn rows: `mostly` is the share that must hold of the rows they judge (nulls and what `row_condition` leaves out do not count), decided over
 * the whole dataset with the arithmetic of Great Expectations; uniqueness, order, z-scores and outliers are decided in the fold. Statistics and what
 * is said of the table name no rows. As with all checks, what is decided over the dataset sees the rows that passed the rules about single rows.
 * `severity` of 1.x is that of the check (`critical` is `error`, `warning` is `warn`); notes and descriptions stand in the reasons of rows.
 * @throws `CONFIG_INVALID` that names everything that is not honoured, at once; nothing is skipped.
 */
export function fromGreatExpectations(suite: unknown, options: FromSuiteOptions = {}): readonly Check<unknown>[] {
  const { defined } = defineSuite(suite, options)
  const seen = new Map<string, number>()
  return defined.map((one) => {
    const name = nameOf(one)
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return checkOf(one, times === 1 ? name : `${name} #${times}`, options)
  })
}

const severities: Readonly<Record<string, Severity>> = { critical: 'error', warning: 'warn', info: 'info' }

function checkOf(
  { expectation, definition }: Defined,
  name: string,
  { verdict, tables = {} }: FromSuiteOptions,
): Check<unknown> {
  const { type, kwargs, severity, description } = expectation
  const parameters = { type, kwargs }
  const told = severity === undefined ? {} : { severity: severities[severity] as Severity }
  const chosen = definition.kind === 'by schema' ? definition.aggregate : definition
  const columns = [...new Set([...chosen.columns, ...(chosen.condition?.columns ?? [])])]
  const make = (options: CheckOptions, rule: Check['rule']) =>
    createCheck(name, columns, parameters, options, rule) as Check<unknown>
  const about = { name, description }
  switch (chosen.kind) {
    case 'row': {
      const share = chosen.mostly < 1 ? { atLeast: { share: chosen.mostly } } : {}
      return make({ ...given(verdict), ...told, ...share }, rowRule(chosen, about))
    }
    case 'whole': {
      // The share is taken of the rows that were judged, by the rule itself.
      const share = chosen.mostly < 1 ? { atLeast: { share: 0 } } : {}
      return make({ ...given(verdict), ...told, ...share }, wholeRule(chosen, about))
    }
    case 'aggregate':
      return make(told, datasetRule(chosen, about, parameters))
    default: {
      const other = tables[chosen.table]
      if (other === undefined)
        throw new TidegateError('CONFIG_INVALID', `${name} names the table "${chosen.table}", which is not given`, {
          hint: `Give its node: fromGreatExpectations(suite, { tables: { ${chosen.table}: node } }).`,
          data: { table: chosen.table },
        })
      return { ...make(told, otherTableRule(chosen, about, parameters)), others: { [chosen.table]: other } }
    }
  }
}

function given(verdict: RowVerdict | undefined): CheckOptions {
  return verdict === undefined ? {} : { verdict }
}

/** `expect_column_values_to_be_between(f, min_value: 0, max_value: 2.5)` */
function nameOf({ expectation: { type, kwargs }, definition }: Defined): string {
  const { columns } = definition
  const named = [
    'column',
    'column_A',
    'column_B',
    'column_list',
    'batch_id',
    'result_format',
    'catch_exceptions',
    'include_config',
    'meta',
  ]
  const own = kwargs['column'] === undefined ? columns : [String(kwargs['column'])]
  const others = Object.entries(kwargs).filter(([key, value]) => value != null && !named.includes(key))
  const shown = others.map(([key, value]) => `${key}: ${short(JSON.stringify(value))}`)
  return `${type}(${[...own, ...shown].join(', ')})`
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
