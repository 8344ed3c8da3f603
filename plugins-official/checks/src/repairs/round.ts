import { type Column, DecimalColumn, defineRepair, Int64Column } from 'tidegate'
import { z } from 'zod'
import { exactly } from '../exact.ts'

/**
 * Numbers are rounded to `digits` decimal places (default 0; negative ones are tens, hundreds, ...), half away from zero. A float is taken as the
 * decimal it is written as, so that 1.005 becomes 1.01; integers and decimals are exact. NaN and infinities stay.
 */
export const round = defineRepair({
  name: 'round',
  options: z.object({ digits: z.int().min(-30).max(30).default(0) }),
  arguments: ['digits'],
  kinds: ['int', 'float', 'decimal'],
  needs: 'numbers',
  column: (field, { digits }) => {
    const scale = field.type.kind === 'decimal' ? field.type.scale : 0
    return (cells) => Array.from({ length: cells.length }, (_, i) => rounded(cells, i, digits, scale))
  },
})

function rounded(cells: Column, i: number, digits: number, scale: number): unknown {
  const value = cells.at(i)
  if (value === null) return null
  if (cells instanceof Int64Column) return roundExact(cells.values[i] as bigint, -digits)
  if (cells instanceof DecimalColumn) return decimalText(roundExact(cells.unscaled(i), scale - digits), scale)
  const number = value as number
  if (!Number.isFinite(number)) return number
  const { digits: unscaled, exponent } = exactly(number)
  if (-exponent <= digits) return number
  const whole = roundExact(unscaled, -exponent - digits)
  return Number(`${whole}e${exponent}`) || (Object.is(number, -0) || number < 0 ? -0 : 0)
}

/** The nearest multiple of 10 ** `places`, half away from zero; the integer itself where `places` is not positive. */
function roundExact(value: bigint, places: number): bigint {
  if (places <= 0) return value
  const unit = 10n ** BigInt(places)
  const size = value < 0n ? -value : value
  const nearest = ((size + unit / 2n) / unit) * unit
  return value < 0n ? -nearest : nearest
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const split = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ''}`
}
