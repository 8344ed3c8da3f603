import { compareText } from 'tidegate'
import type { Answer } from '../rules/definition.ts'
import type { FoundRows } from './found-rows.ts'
import type { ResultFormat } from './result-format.ts'

/** What is said about the rows of an expectation: success by `mostly`, and as much as the format asks for. */
export function mapAnswer(
  found: FoundRows,
  { mostly, judgesNull }: { readonly mostly: number; readonly judgesNull?: true },
  format: Required<ResultFormat>,
): Answer {
  const { elements, missing, unexpected } = found
  const judged = judgesNull === true ? elements : elements - missing
  const success = judged === 0 || (judged - unexpected) / judged >= mostly
  const { result_format: named, partial_unexpected_count: limit, unexpected_index_column_names: naming } = format
  if (named === 'BOOLEAN_ONLY') return { success, result: {} }
  const ofJudged = judged === 0 ? null : (unexpected / judged) * 100
  const hidden = format.exclude_unexpected_values
  const basic = {
    element_count: elements,
    unexpected_count: unexpected,
    unexpected_percent: ofJudged,
    ...(hidden ? {} : { partial_unexpected_list: found.values.slice(0, limit) }),
    ...(naming.length === 0 ? {} : { unexpected_index_column_names: naming }),
    ...(judgesNull === true
      ? {}
      : {
          missing_count: missing,
          missing_percent: elements === 0 ? null : (missing / elements) * 100,
          unexpected_percent_total: elements === 0 ? null : (unexpected / elements) * 100,
          unexpected_percent_nonmissing: ofJudged,
        }),
  }
  if (named === 'BASIC') return { success, result: basic }
  const summary = {
    ...basic,
    ...(hidden || limit === 0 ? {} : { partial_unexpected_counts: mostFrequent(found.values, limit) }),
    ...(limit === 0 ? {} : { partial_unexpected_index_list: found.indexes.slice(0, limit) }),
  }
  if (named === 'SUMMARY') return { success, result: summary }
  const complete = {
    ...summary,
    ...(hidden ? {} : { unexpected_list: found.values }),
    unexpected_index_list: found.indexes,
    unexpected_index_query: `df.filter(items=[${found.rows.join(', ')}], axis=0)`,
  }
  return { success, result: complete }
}

/** The most frequent values among those listed, by count and then by value; null comes after all others. */
function mostFrequent(values: readonly unknown[], limit: number): readonly object[] {
  const counts = new Map<string, { readonly value: unknown; count: number }>()
  for (const value of values) {
    const flat = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value
    const key = JSON.stringify(flat)
    const before = counts.get(key)
    if (before === undefined) counts.set(key, { value: flat, count: 1 })
    else before.count++
  }
  const most = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, limit)
  return most.sort((a, b) => b.count - a.count || order(a.value, b.value))
}

function order(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    const place = a.findIndex((one, i) => one !== b[i])
    return place < 0 ? 0 : order(a[place], b[place])
  }
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return Number(a) - Number(b)
}
