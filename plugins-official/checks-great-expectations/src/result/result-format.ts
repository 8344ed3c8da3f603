import { TidegateError } from 'tidegate'

export const resultFormats = ['BOOLEAN_ONLY', 'BASIC', 'SUMMARY', 'COMPLETE'] as const
export type ResultFormatName = (typeof resultFormats)[number]

export interface ResultFormat {
  readonly result_format: ResultFormatName
  /** How many entries `partial_*` lists have; default 20. */
  readonly partial_unexpected_count?: number
  /** Say where unexpected values are, not what they are. */
  readonly exclude_unexpected_values?: boolean
  /** Columns that name a row, in place of its number in the data. */
  readonly unexpected_index_column_names?: readonly string[]
}

const known = [
  'result_format',
  'partial_unexpected_count',
  'exclude_unexpected_values',
  'unexpected_index_column_names',
]

/** @throws `CONFIG_INVALID` */
export function readResultFormat(given: ResultFormatName | ResultFormat = 'SUMMARY'): Required<ResultFormat> {
  const format = typeof given === 'string' ? { result_format: given } : given
  const other = Object.keys(format).find((key) => !known.includes(key))
  const partial = format.partial_unexpected_count ?? 20
  const fits = resultFormats.includes(format.result_format) && Number.isInteger(partial) && partial >= 0
  if (!fits || other !== undefined) {
    const why = other === undefined ? '' : `: ${other} is not known`
    throw new TidegateError('CONFIG_INVALID', `${JSON.stringify(given)} is no result format${why}`, {
      hint: `Write ${resultFormats.join(', ')}, or { result_format, partial_unexpected_count }.`,
    })
  }
  return {
    result_format: format.result_format,
    partial_unexpected_count: partial,
    exclude_unexpected_values: format.exclude_unexpected_values ?? false,
    unexpected_index_column_names: format.unexpected_index_column_names ?? [],
  }
}
