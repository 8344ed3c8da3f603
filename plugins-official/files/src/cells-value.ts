import { type Column, type Field, ValuesColumn } from 'tidegate'
import { absent, type CellReader, type CellRules, tagBits, textOf } from './block.ts'
import { createPresence, createRefuse } from './presence.ts'

/** Cells that are read one by one into JavaScript values: lists and structs of JSON, columns of nothing. `parse` gives a reason where it cannot. */
export function createValueCells(
  field: Field,
  rules: CellRules,
  parse: (text: string) => { readonly value: unknown } | { readonly why: string },
): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  let values: unknown[] = []
  return {
    read(block, column, at) {
      for (let row = 0, i = column; row < block.rows; row++, i += block.width) {
        const tagged = block.ends[i] as number
        values[at + row] = null
        const parsed =
          (tagged & absent) === 0
            ? parse(textOf(block.bytes, block.starts[i] as number, tagged >> tagBits))
            : { why: '' }
        if ('why' in parsed) refuse(block, row, column, at + row, parsed.why)
        else values[at + row] = parsed.value
      }
    },
    take(rows) {
      const own = values.slice(0, rows)
      values = []
      return new ValuesColumn(field.type, own, presence.take(rows))
    },
  }
}
