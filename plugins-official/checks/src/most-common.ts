import { type Check, type Column, createCheck, fieldOf } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { cellKey, eachKey, valuesText } from './cell-key.ts'
import { inRange, type Range, rangeJson, rangeText, requireRange } from './range.ts'
import type { Holds, Widened } from './row-types.ts'
import { isHidden, json, type Plain } from './text.ts'
import { jsonBytes, jsonOf, wholeMeasure } from './whole-measure.ts'

/** Distinct values that are counted at most. */
const MOST = 100_000

export interface MostCommonOptions extends Range {
  /** `min` and `max` bound the share (0 to 1) that the most common value has of the present ones. */
  readonly min?: number
  readonly max?: number
}

type MostCommonFn = <K extends string, const V extends Plain>(
  column: K,
  values: readonly V[],
  options?: MostCommonOptions,
) => Check<Holds<K, Widened<V>>>

/**
 * The most common present value is one of `values` (of several that are equally common, one is), and its share of the present values lies
 * between `min` and `max`. Null counts for nothing; NaN is one value; a dataset without a value passes. Counted exactly, up to 100,000 distinct
 * values: beyond, the dataset fails and says so.
 */
export const mostCommon = callable(
  { check: 'mostCommon', arguments: ['column', 'values'], options: ['min', 'max'], dataset: true },
  (column: string, values: readonly Plain[], { min, max, ...options }: MostCommonOptions) => {
    const range: Range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
    const bounded = Object.keys(range).length > 0
    if (!Array.isArray(values) || values.length === 0)
      refuse(`mostCommon(${column}): no values are listed.`, 'List at least one value.')
    const name = `mostCommon(${column}, ${valuesText(values)}${bounded ? `, ${rangeText(range)}` : ''})`
    if (bounded) requireRange(name, range)
    const listed = new Set(values.map(cellKey))
    return createCheck(name, [column], { column, values: values.map(json), ...rangeJson(range) }, options, {
      scope: 'dataset',
      measures: { top: top(name, column) },
      decide({ top: found }) {
        const { keys, rows, of, hidden } = found as Top
        if (keys === undefined) return { pass: false, observed: `more than ${MOST} distinct values` }
        if (of === 0) return { pass: true, observed: 'no value' }
        const fits = keys.some((key) => listed.has(key)) && inRange(rows / of, range)
        return { pass: fits, observed: `${hidden ? '***' : keys[0]} in ${rows} of ${of}` }
      },
    })
  },
) as MostCommonFn

interface Top {
  /** All that are equally common, sorted; undefined where there were too many values to count. */
  readonly keys: readonly string[] | undefined
  readonly rows: number
  readonly of: number
  /** The column is tagged: its values are shown to nobody. */
  readonly hidden: boolean
}

function top(name: string, column: string) {
  const kinds = ['string', 'boolean', 'int', 'float', 'decimal', 'date', 'time', 'timestamp'] as const
  return wholeMeasure<Top>({
    name: `mostCommon(${column})`,
    columns: [column],
    version: 1,
    open(schema) {
      const { index, field } = fieldOf(schema, column, name, kinds, 'text, a number, time or boolean')
      const hidden = isHidden(field)
      const counts = new Map<string, number>()
      let tooMany = false
      const meet = (key: string, rows: number) => {
        if (tooMany) return
        const known = counts.get(key)
        if (known === undefined && counts.size === MOST) {
          tooMany = true
          counts.clear()
        } else counts.set(key, (known ?? 0) + rows)
      }
      return {
        add: (batch) => eachKey(batch.columns[index] as Column, meet),
        merge(bytes) {
          const state = jsonOf(bytes) as readonly (readonly [string, number])[] | null
          if (state === null) {
            tooMany = true
            counts.clear()
          } else for (const [key, rows] of state) meet(key, rows)
        },
        bytes: () => jsonBytes(tooMany ? null : [...counts]),
        result() {
          if (tooMany) return { keys: undefined, rows: 0, of: 0, hidden }
          let [rows, of] = [0, 0]
          for (const count of counts.values()) {
            rows = Math.max(rows, count)
            of += count
          }
          return { keys: [...counts.keys()].filter((key) => counts.get(key) === rows).sort(), rows, of, hidden }
        },
      }
    },
  })
}
