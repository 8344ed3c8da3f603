import {
  type Column,
  DecimalColumn,
  defineRepair,
  type Field,
  FlatColumn,
  Int64Column,
  isValid,
  TemporalColumn,
} from 'tidegate'
import { z } from 'zod'
import { refuse } from '../callable.ts'
import { keep, pick, replacements } from './pick.ts'

const kinds = ['int', 'float', 'decimal', 'date', 'time', 'timestamp'] as const

/**
 * Values below `min` become `min`, values above `max` become `max`; NaN and absent cells stay. Integers are compared exactly, and a bound that is not
 * whole is taken to the next integer inside. Dates and times are bounded in epoch milliseconds. A bound may be infinite. Throws `CONFIG_INVALID` where
 * no value lies between.
 */
export const clamp = defineRepair({
  name: 'clamp',
  options: z
    .object({ min: bound('min'), max: bound('max') })
    .refine(({ min, max }) => min <= max, 'no value lies between the bounds'),
  arguments: ['min', 'max'],
  kinds,
  needs: 'numbers, dates and times',
  column(field, { min, max }) {
    const whole = field.type.kind === 'int'
    const low = Number.isFinite(min) ? (whole ? Math.ceil(min) : min) : undefined
    const high = Number.isFinite(max) ? (whole ? Math.floor(max) : max) : undefined
    if (whole && low !== undefined && high !== undefined && low > high)
      refuse(`clamp(${min}, ${max}): no integer lies between the bounds.`, 'Give bounds with an integer between them.')
    const bounds = replacements(field, [low ?? null, high ?? null])
    return (cells) => (cells.type.kind === 'null' ? cells : bounded(field, cells, bounds))
  },
})

/** JSON has no infinity: `'Infinity'` stands for it. */
function bound(name: string) {
  return z.union(
    [
      z.number(),
      z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
      z.literal(['Infinity', '-Infinity']).transform(Number),
    ],
    `expected a number for ${name}`,
  )
}

function bounded(field: Field, cells: Column, bounds: Column): Column {
  const place = comparison(cells, bounds)
  const choice = new Int32Array(cells.length).fill(keep)
  const [hasLow, hasHigh] = [isValid(bounds.validity, 0), isValid(bounds.validity, 1)]
  for (let i = 0; i < choice.length; i++) {
    if (!isValid(cells.validity, i)) continue
    if (hasLow && place(i, 0) < 0) choice[i] = 0
    else if (hasHigh && place(i, 1) > 0) choice[i] = 1
  }
  return pick(field, cells, bounds, choice)
}

/** How cell i compares to a bound, exactly: both have the same type. NaN compares to nothing. */
function comparison(cells: Column, bounds: Column): (i: number, bound: number) => number {
  const by = (read: (column: never, i: number) => number | bigint) => (i: number, at: number) => {
    const [a, b] = [read(cells as never, i), read(bounds as never, at)]
    return a < b ? -1 : Number(a > b)
  }
  if (cells instanceof DecimalColumn) return by((column: DecimalColumn, i) => column.unscaled(i))
  if (cells instanceof Int64Column) return by((column: Int64Column, i) => column.values[i] as bigint)
  if (cells instanceof TemporalColumn && bounds instanceof TemporalColumn)
    return by((column: TemporalColumn, i) => column.values[i] as number | bigint)
  if (cells instanceof FlatColumn) return by((column: FlatColumn, i) => column.values[i] as number)
  return by((column: Column, i) => column.at(i) as number)
}
