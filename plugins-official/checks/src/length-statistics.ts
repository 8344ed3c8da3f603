import { type Check, type Column, createCheck, DictionaryColumn, fieldOf, isValid } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { codePoints, textLengths } from './length.ts'
import { inRange, type Range, rangeJson, rangeText, requireRange } from './range.ts'
import type { Holds } from './row-types.ts'
import { bytesOf, numbersOf, wholeMeasure } from './whole-measure.ts'

const statistics = ['min', 'max', 'mean'] as const
export type LengthStatistic = (typeof statistics)[number]

type LengthBetweenFn = <K extends string>(
  column: K,
  statistic: LengthStatistic,
  range: Range,
) => Check<Holds<K, string>>

/**
 * The least, greatest or mean length of the present texts, in code points, lies in the range. Null counts for nothing; a dataset without a text
 * passes. Bytes are counted without being decoded.
 */
export const lengthBetween = callable(
  { check: 'lengthBetween', arguments: ['column', 'statistic'], options: ['min', 'max'], dataset: true },
  (column: string, statistic: LengthStatistic, range: Range) => {
    const name = `lengthBetween(${column}, ${statistic}, ${rangeText(range)})`
    if (!statistics.includes(statistic))
      refuse(`${name}: there is no such statistic.`, `Known: ${statistics.join(', ')}.`)
    requireRange(name, range)
    const { min: _low, max: _high, ...options } = range
    return createCheck(name, [column], { column, statistic, ...rangeJson(range) }, options, {
      scope: 'dataset',
      measures: { lengths: lengths(name, column) },
      decide({ lengths: found }) {
        const value = (found as Lengths)[statistic]
        return { pass: inRange(value, range), observed: value === null ? 'no text' : `${statistic} length ${value}` }
      },
    })
  },
) as LengthBetweenFn

type Lengths = Readonly<Record<LengthStatistic, number | null>>

function lengths(name: string, column: string) {
  return wholeMeasure<Lengths>({
    name: `lengths(${column})`,
    columns: [column],
    version: 1,
    open(schema) {
      const { index } = fieldOf(schema, column, name, ['string'], 'text')
      let [count, total, least, most] = [0, 0, Number.POSITIVE_INFINITY, 0]
      const meet = (size: number) => {
        count++
        total += size
        least = Math.min(least, size)
        most = Math.max(most, size)
      }
      return {
        add(batch) {
          const cells = batch.columns[index] as Column
          if (cells.type.kind === 'null') return
          const sizes = cells instanceof DictionaryColumn ? byCode(cells) : textLengths(cells)
          for (let row = 0; row < sizes.length; row++) if (isValid(cells.validity, row)) meet(sizes[row] as number)
        },
        merge(bytes) {
          const [n = 0, sum = 0, low = 0, high = 0] = numbersOf(bytes)
          count += n
          total += sum
          least = Math.min(least, low)
          most = Math.max(most, high)
        },
        bytes: () => bytesOf(Float64Array.of(count, total, least, most)),
        result: () =>
          count === 0 ? { min: null, max: null, mean: null } : { min: least, max: most, mean: total / count },
      }
    },
  })
}

function byCode({ codes, dictionary }: DictionaryColumn): Float64Array {
  const sizes = dictionary.map(codePoints)
  return Float64Array.from(codes, (code) => sizes[code] ?? 0)
}
