import { type Check, type Column, columnIndex, createCheck, type DatasetRule, described } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { inRange, type Range, rangeJson, rangeText, requireRange } from './range.ts'
import type { Anything } from './row-types.ts'
import { bytesOf, numbersOf, wholeMeasure } from './whole-measure.ts'

type CompletenessFn = <K extends string>(column: K, range: Range) => Check<Anything<K>>

/**
 * The share of the rows (0 to 1) in which the value is present lies in the range. NaN is a value. A dataset without rows passes. Throws
 * `CONFIG_INVALID` for bounds outside 0 to 1.
 */
export const completeness = callable(
  { check: 'completeness', arguments: ['column'], options: ['min', 'max'], dataset: true },
  (column: string, range: Range) => {
    const name = `completeness(${column}, ${rangeText(range)})`
    requireRange(name, range)
    if ((range.min ?? 0) > 1 || (range.max ?? 1) < 0 || (range.min ?? 0) < 0 || (range.max ?? 1) > 1)
      refuse(`${name}: a share of the rows lies between 0 and 1.`, 'Write 99 % as 0.99.')
    const { min: _low, max: _high, ...options } = range
    const rule: DatasetRule = {
      scope: 'dataset',
      measures: { counts: presence(name, column) },
      decide({ counts }) {
        const { present, rows } = counts as Presence
        return { pass: rows === 0 || inRange(present / rows, range), observed: `${present} of ${rows} present` }
      },
    }
    described(rule, { aggregates: { counts: { of: 'presence', column } } })
    return createCheck(name, [column], { column, ...rangeJson(range) }, options, rule)
  },
) as CompletenessFn

interface Presence {
  readonly present: number
  readonly rows: number
}

function presence(name: string, column: string) {
  return wholeMeasure<Presence>({
    name: `presence(${column})`,
    columns: [column],
    version: 1,
    open(schema) {
      const index = columnIndex(schema, column, name)
      const counts = new Float64Array(2)
      const count = (present: number, rows: number) => {
        counts[0] = (counts[0] as number) + present
        counts[1] = (counts[1] as number) + rows
      }
      return {
        add(batch) {
          const cells = batch.columns[index] as Column
          count(cells.type.kind === 'null' ? 0 : batch.length - cells.nullCount, batch.length)
        },
        merge(bytes) {
          const [present = 0, rows = 0] = numbersOf(bytes)
          count(present, rows)
        },
        bytes: () => bytesOf(counts),
        result: () => ({ present: counts[0] as number, rows: counts[1] as number }),
      }
    },
  })
}
