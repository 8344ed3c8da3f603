import { type Batch, isColumn, type Table, TidegateError, toBatch } from 'tidegate'
import { evaluate, type Failed } from './result/evaluate.ts'
import { type ResultFormat, type ResultFormatName, readResultFormat } from './result/result-format.ts'
import type { Answer } from './rules/definition.ts'
import { type Defined, defineSuite, type SuiteOptions } from './suite/define-suite.ts'
import type { Dialect, Suite } from './suite/suite.ts'

/** Rows that can be read more than once: a table, or batches of one schema (a dataset of Tidegate is this as it is). */
export type Data = Table | Batch | { batches(): AsyncIterable<Batch | Table> }

export interface ValidateOptions extends SuiteOptions {
  /** How much results say; default `SUMMARY`, as for checkpoints of Great Expectations. */
  readonly resultFormat?: ResultFormatName | ResultFormat
  /** Tables that the suite names besides its own (`expect_table_row_count_to_equal_other_table`). */
  readonly tables?: Readonly<Record<string, Data>>
}

export interface ExpectationResult {
  readonly success: boolean
  readonly expectation_config: Readonly<Record<string, unknown>>
  readonly result: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
  readonly exception_info: {
    readonly raised_exception: boolean
    readonly exception_message: string | null
    readonly exception_traceback: string | null
  }
}

/** A result of a suite in the form of Great Expectations, JSON. */
export interface SuiteResult {
  readonly success: boolean
  readonly results: readonly ExpectationResult[]
  /** 1.x */
  readonly suite_name?: string
  readonly suite_parameters?: Readonly<Record<string, unknown>>
  /** 0.18 */
  readonly evaluation_parameters?: Readonly<Record<string, unknown>>
  readonly statistics: {
    readonly evaluated_expectations: number
    readonly successful_expectations: number
    readonly unsuccessful_expectations: number
    /** Null of no expectations. */
    readonly success_percent: number | null
  }
  readonly meta: Readonly<Record<string, unknown>>
}

/**
 * Holds a suite of Great Expectations against data, and says what Great Expectations would. All expectations see all rows, in one pass; those that
 * compare rows keep 16 bytes of each, and read the data once more where they have something to list.
 * @throws `CONFIG_INVALID` for what is not honoured. What does not fit the columns is an exception of its expectation (`exception_info`).
 */
export async function validateWithGreatExpectations(
  data: Data,
  suite: unknown,
  options: ValidateOptions = {},
): Promise<SuiteResult> {
  const { suite: read, defined } = defineSuite(suite, options)
  const format = readResultFormat(options.resultFormat)
  const others = await countOthers(defined, options.tables ?? {})
  const answers = await ask(data, defined, { format, dialect: read.dialect, others })
  const results = defined.map((one, i) => resultOf(one, answers[i] as Answer | Failed, read.dialect))
  return summed(read, results, options.parameters ?? {})
}

async function ask(
  data: Data,
  defined: readonly Defined[],
  setting: {
    readonly format: Required<ResultFormat>
    readonly dialect: Dialect
    readonly others: Readonly<Record<string, number>>
  },
): Promise<readonly (Answer | Failed)[]> {
  let asked: ReturnType<typeof evaluate>[] | undefined
  let start = 0
  for await (const batch of batchesOf(data)) {
    asked ??= defined.map((one) => evaluate(one, { ...setting, schema: batch.schema }))
    for (const one of asked) one.add(batch, start)
    start += batch.length
  }
  if (asked === undefined)
    throw new TidegateError('SOURCE_EMPTY', 'There is not one batch of data, so its columns are not known', {
      hint: 'Give a table without rows where there are none.',
    })
  const again = asked.filter((one) => one.settle())
  if (again.length > 0) {
    start = 0
    for await (const batch of batchesOf(data)) {
      for (const one of again) one.again(batch, start)
      start += batch.length
    }
  }
  return asked.map((one) => one.answer())
}

async function* batchesOf(data: Data): AsyncIterable<Batch> {
  if ('batches' in data) for await (const one of data.batches()) yield asBatch(one)
  else yield asBatch(data)
}

function asBatch(data: Table | Batch): Batch {
  return 'schema' in data && Array.isArray(data.columns) && data.columns.every(isColumn)
    ? (data as Batch)
    : toBatch(data as unknown as Parameters<typeof toBatch>[0], { node: 'data' })
}

/** @throws `CONFIG_INVALID` for tables that the suite names and nobody gave. */
async function countOthers(
  defined: readonly Defined[],
  tables: Readonly<Record<string, Data>>,
): Promise<Record<string, number>> {
  const names = new Set(
    defined.flatMap(({ definition }) => (definition.kind === 'other table' ? [definition.table] : [])),
  )
  const missing = [...names].filter((name) => !Object.hasOwn(tables, name))
  if (missing.length > 0)
    throw new TidegateError(
      'CONFIG_INVALID',
      `The suite names other tables that are not given: ${missing.join(', ')}`,
      {
        hint: `Give them: { tables: { ${missing[0]}: ... } }.`,
        data: { tables: missing },
      },
    )
  const counts: Record<string, number> = {}
  for (const name of names) {
    counts[name] = 0
    for await (const batch of batchesOf(tables[name] as Data)) counts[name] += batch.length
  }
  return counts
}

function resultOf({ expectation }: Defined, answer: Answer | Failed, dialect: Dialect): ExpectationResult {
  const { type, kwargs, meta, id, severity } = expectation
  const error = 'error' in answer ? answer.error : undefined
  return {
    success: answer.success,
    expectation_config: {
      ...(dialect === '0.18' ? { expectation_type: type } : { type }),
      kwargs,
      meta,
      ...(id === undefined ? {} : { id }),
      ...(dialect === '1' ? { severity: severity ?? 'critical' } : {}),
    },
    result: answer.result,
    meta: {},
    exception_info: {
      raised_exception: error !== undefined,
      exception_message: error?.message ?? null,
      exception_traceback: null,
    },
  }
}

function summed(
  { name, dialect, meta }: Suite,
  results: readonly ExpectationResult[],
  parameters: Readonly<Record<string, unknown>>,
): SuiteResult {
  const successful = results.filter(({ success }) => success).length
  const version = meta['great_expectations_version']
  return {
    success: successful === results.length,
    results,
    ...(dialect === '1' ? { suite_name: name, suite_parameters: parameters } : { evaluation_parameters: parameters }),
    statistics: {
      evaluated_expectations: results.length,
      successful_expectations: successful,
      unsuccessful_expectations: results.length - successful,
      success_percent: results.length === 0 ? null : (successful / results.length) * 100,
    },
    meta: {
      validated_by: 'tidegate',
      ...(dialect === '0.18' ? { expectation_suite_name: name } : {}),
      ...(version === undefined ? {} : { great_expectations_version: version }),
    },
  }
}
