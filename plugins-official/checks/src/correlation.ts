import { type Check, type Column, createCheck, doubles, fieldOf, isValid } from 'tidegate'
import { callable, refuse } from './callable.ts'
import { inRange, type Range, rangeJson, rangeText, requireRange } from './range.ts'
import type { Holds } from './row-types.ts'
import { bytesOf, numbersOf, wholeMeasure } from './whole-measure.ts'

type CorrelationFn = <A extends string, B extends string>(
  left: A,
  right: B,
  range: Range,
) => Check<Holds<A | B, number | bigint>>

/**
 * Pearson's correlation of two columns, over the rows in which both are present, lies in the range (-1 to 1). Passes where it is not defined: below
 * two rows, or where a column is constant. NaN and infinite values make it NaN, which fails. Computed in doubles from co-moments: rows after
 * Welford, states after Pébay ("Formulas for robust, one-pass parallel computation of covariances", SAND2008-6212, 2008).
 */
export const correlationBetween = callable(
  { check: 'correlationBetween', arguments: ['left', 'right'], options: ['min', 'max'], dataset: true },
  (left: string, right: string, range: Range) => {
    const name = `correlationBetween(${left}, ${right}, ${rangeText(range)})`
    requireRange(name, range)
    if (left === right) refuse(`${name}: a column is compared with itself.`, 'Name two columns.')
    const { min: _low, max: _high, ...options } = range
    return createCheck(name, [left, right], { left, right, ...rangeJson(range) }, options, {
      scope: 'dataset',
      measures: { r: pearson(name, left, right) },
      decide: ({ r }) => ({
        pass: inRange(r, range),
        observed: r === null ? 'not defined' : `correlation ${String(r)}`,
      }),
    })
  },
) as CorrelationFn

function pearson(name: string, left: string, right: string) {
  return wholeMeasure<number | null>({
    name: `correlation(${left}, ${right})`,
    columns: [left, right],
    version: 1,
    open(schema) {
      const [x, y] = [left, right].map(
        (column) => fieldOf(schema, column, name, ['int', 'float', 'decimal'], 'a number').index,
      )
      const moments = createMoments()
      return {
        add: (batch) => moments.addAll(batch.columns[x as number] as Column, batch.columns[y as number] as Column),
        merge: (bytes) => moments.merge(numbersOf(bytes)),
        bytes: () => bytesOf(moments.state()),
        result: () => moments.correlation(),
      }
    },
  })
}

function createMoments() {
  let [n, meanX, meanY, squaresX, squaresY, products] = [0, 0, 0, 0, 0, 0]
  return {
    addAll(left: Column, right: Column): void {
      if (left.type.kind === 'null' || right.type.kind === 'null') return
      const [xs, ys] = [doubles(left), doubles(right)]
      for (let row = 0; row < xs.length; row++) {
        if (!isValid(left.validity, row) || !isValid(right.validity, row)) continue
        const [x, y] = [(xs[row] as number) - meanX, (ys[row] as number) - meanY]
        n++
        meanX += x / n
        meanY += y / n
        squaresX += x * ((xs[row] as number) - meanX)
        squaresY += y * ((ys[row] as number) - meanY)
        products += x * ((ys[row] as number) - meanY)
      }
    },
    merge([m = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0]: Float64Array): void {
      if (m === 0) return
      const all = n + m
      const [dx, dy] = [x - meanX, y - meanY]
      const weight = (n * m) / all
      squaresX += xx + dx * dx * weight
      squaresY += yy + dy * dy * weight
      products += xy + dx * dy * weight
      meanX += (dx * m) / all
      meanY += (dy * m) / all
      n = all
    },
    state: () => Float64Array.of(n, meanX, meanY, squaresX, squaresY, products),
    correlation(): number | null {
      if (n < 2 || squaresX === 0 || squaresY === 0) return null
      const r = products / Math.sqrt(squaresX) / Math.sqrt(squaresY)
      return r > 1 ? 1 : r < -1 ? -1 : r
    },
  }
}
