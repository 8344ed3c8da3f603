import { type Column, type Field, FlatColumn, typeName } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits, textOf } from './block.ts'
import { notPlain } from './cells-integer.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

type FloatType = Extract<Field['type'], { kind: 'float' }>

const powers = Float64Array.from({ length: 23 }, (_, i) => 10 ** i)
const named: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['nan', Number.NaN],
  ['Infinity', Infinity],
  ['+Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
])
const grammar = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * Decimal numbers with an optional exponent; `NaN`, `Infinity`, `inf` by name. Correctly rounded: a mantissa of below 2^53 times or by an exact
 * power of ten takes one rounding (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990); all else goes to `Number`.
 */
export function createFloatCells(field: Field, type: FloatType, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const { decimal, strict } = rules
  let values = new Float64Array(0)
  let expected = 0
  return {
    read(block, column, at) {
      values = roomy(values, at + block.rows, expected)
      const { bytes, starts, ends, width, rows } = block
      const out = values
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const end = tagged >> tagBits
        let p = starts[i] as number
        const negative = bytes[p] === 45
        if (negative) p++
        const from = p
        let value = 0
        for (; p < end; p++) {
          const digit = (bytes[p] as number) - 48
          if (digit >>> 0 > 9) break
          value = value * 10 + digit
        }
        let digits = p - from
        let scale = 0
        if (p < end && bytes[p] === decimal) {
          const point = ++p
          for (; p < end; p++) {
            const digit = (bytes[p] as number) - 48
            if (digit >>> 0 > 9) break
            value = value * 10 + digit
          }
          scale = p - point
          digits += scale
        }
        if (strict && bytes[from] === 48 && p > from + 1 && ((bytes[from + 1] as number) - 48) >>> 0 <= 9)
          out[at + row] = slow(block, row, column, at + row)
        else if (p === end && digits > 0 && digits <= 18 && value < 9007199254740992 && (tagged & absent) === 0) {
          value = scale === 0 ? value : value / (powers[scale] as number)
          out[at + row] = negative ? -value : value
        } else out[at + row] = slow(block, row, column, at + row)
      }
    },
    take(rows) {
      const own = trimmed(values, rows)
      values = new Float64Array(0)
      expected = rows
      return new FlatColumn(field.type, type.bits === 32 ? Float32Array.from(own) : own, presence.take(rows))
    },
  }

  function slow(block: Block, row: number, column: number, at: number): number {
    const i = row * block.width + column
    const tagged = block.ends[i] as number
    let text = (tagged & absent) === 0 ? textOf(block.bytes, block.starts[i] as number, tagged >> tagBits) : ''
    if (decimal !== 46) text = text.includes('.') ? '' : text.replace(String.fromCharCode(decimal), '.')
    if (strict && /^(?:[+]\d|-?0\d)/.test(text)) {
      refuse(block, row, column, at, notPlain)
      return 0
    }
    const value = grammar.test(text) ? Number(text) : named.get(text)
    if (value !== undefined && (named.has(text) || Number.isFinite(type.bits === 32 ? Math.fround(value) : value)))
      return value
    refuse(
      block,
      row,
      column,
      at,
      value === undefined ? `is not a number (${typeName(type)})` : `does not fit ${typeName(type)}`,
    )
    return 0
  }
}
