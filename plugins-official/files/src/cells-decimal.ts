import { type Column, DecimalColumn, type Field, typeName } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits, textOf } from './block.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

type DecimalType = Extract<Field['type'], { kind: 'decimal' }>

/** Exact decimals: `[+-]digits[.digits]`, no exponent; digits beyond the scale must be zeros. */
export function createDecimalCells(field: Field, type: DecimalType, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const point = String.fromCharCode(rules.decimal)
  const grammar = new RegExp(`^([+-]?)(\\d*)(?:[${point}](\\d*))?$`)
  const limit = 10n ** BigInt(type.precision)
  let words = new BigUint64Array(0)
  return {
    read(block, column, at) {
      words = roomy(words, 2 * (at + block.rows))
      const { bytes, starts, ends, width, rows } = block
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const text = (tagged & absent) === 0 ? textOf(bytes, starts[i] as number, tagged >> tagBits) : ''
        put(at + row, unscaled(text, block, row, column, at + row))
      }
    },
    take(rows) {
      const own = trimmed(words, rows * 2)
      words = new BigUint64Array(0)
      return new DecimalColumn(field.type, own, presence.take(rows))
    },
  }

  function unscaled(text: string, block: Block, row: number, column: number, at: number): bigint {
    const [, sign = '', whole = '', fraction = ''] = grammar.exec(text) ?? []
    const kept = fraction.slice(0, type.scale).padEnd(type.scale, '0')
    if (whole === '' && fraction === '') refuse(block, row, column, at, `is not a decimal number (${typeName(type)})`)
    else if (/[1-9]/.test(fraction.slice(type.scale)))
      refuse(block, row, column, at, `has more decimal places than ${typeName(type)}`)
    else {
      const value = BigInt(`${whole}${kept}` || '0')
      if (value < limit) return sign === '-' ? -value : value
      refuse(block, row, column, at, `does not fit ${typeName(type)}`)
    }
    return 0n
  }

  function put(row: number, value: bigint): void {
    words[2 * row] = BigInt.asUintN(64, value)
    words[2 * row + 1] = BigInt.asUintN(64, value >> 64n)
  }
}
