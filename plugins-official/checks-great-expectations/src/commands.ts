import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CommandContext, TidegateError } from 'tidegate'
import type { ResultFormatName } from './result/result-format.ts'
import { type Data, type ExpectationResult, type SuiteResult, validateWithGreatExpectations } from './validate.ts'

export interface SuiteRequest {
  /** The file as people named it. */
  readonly file: string
  readonly data: Data
  /** Path of the suite, against the folder that people stand in. */
  readonly suite: string
  readonly resultFormat?: string
  /** Rows of the file that could not be read, once it has been. */
  unread(): number
}

/**
 * What `tidegate check <file> --suite <suite.json>` does with the rows of the file: prints the result of Great Expectations (`--json`), or a table of
 * the expectations. Resolves to 1 where one is not met (those of severity `warning` and `info` are told) or a row could not be read, else to 0.
 */
export async function checkSuite(
  request: SuiteRequest,
  { cwd, screen }: Pick<CommandContext, 'cwd' | 'screen'>,
): Promise<number> {
  const suite = await readSuiteFile(resolve(cwd, request.suite), request.suite)
  const format = request.resultFormat?.toUpperCase() as ResultFormatName | undefined
  const result = await validateWithGreatExpectations(
    request.data,
    suite,
    format === undefined ? {} : { resultFormat: format },
  )
  if (screen.json) screen.record(result)
  else show(request, result, screen)
  const unread = request.unread()
  if (unread > 0) screen.note(`${unread} rows of ${request.file} could not be read, and were not checked`)
  return unread > 0 || result.results.some((one) => !one.success && isCritical(one)) ? 1 : 0
}

function isCritical({ expectation_config: { severity } }: ExpectationResult): boolean {
  return severity !== 'warning' && severity !== 'info'
}

async function readSuiteFile(path: string, named: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new TidegateError('SOURCE_NOT_FOUND', `The suite ${named} cannot be read`, {
      hint: 'Name the JSON file of a suite of Great Expectations.',
      data: { file: named },
      cause,
    })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TidegateError('CONFIG_INVALID', `The suite ${named} is no JSON: ${(cause as Error).message}`, {
      hint: 'Name the JSON file of a suite of Great Expectations.',
      data: { file: named },
      cause,
    })
  }
}

function show({ file }: SuiteRequest, { results, statistics }: SuiteResult, screen: CommandContext['screen']): void {
  const { paint } = screen
  const { successful_expectations: met, evaluated_expectations: all } = statistics
  screen.lines(`${paint.bold(file)}  ${met} of ${all} expectations met`, '')
  screen.table(
    [{ title: 'expectation', least: 20 }, { title: 'of' }, { title: 'found', least: 16 }, { title: 'verdict' }],
    results.map((one) => [
      String(one.expectation_config['type'] ?? one.expectation_config['expectation_type']),
      subjectOf(one.expectation_config['kwargs'] as Readonly<Record<string, unknown>>),
      foundText(one),
      one.success
        ? { text: 'met', style: paint.green }
        : isCritical(one)
          ? { text: 'not met', style: paint.red }
          : { text: String(one.expectation_config['severity']), style: paint.yellow },
    ]),
  )
}

function subjectOf({ column, column_A: a, column_B: b, column_list: list }: Readonly<Record<string, unknown>>): string {
  return column === undefined
    ? [a, b, ...((list as readonly string[] | undefined) ?? [])].filter((name) => name !== undefined).join(', ')
    : String(column)
}

function foundText({ result, exception_info: { exception_message } }: ExpectationResult): string {
  if (exception_message !== null) return exception_message
  const {
    unexpected_count: count,
    unexpected_percent: percent,
    partial_unexpected_list: list,
    observed_value: observed,
  } = result
  if (observed !== undefined && observed !== null) return JSON.stringify(observed)
  if (count === undefined) return ''
  const shown = ((list as readonly unknown[] | undefined) ?? []).slice(0, 3).map((value) => JSON.stringify(value))
  const share = typeof percent === 'number' && percent > 0 ? ` (${Number(percent.toPrecision(3))} %)` : ''
  return `${count} unexpected${share}${shown.length > 0 ? `: ${shown.join(', ')}` : ''}`
}
