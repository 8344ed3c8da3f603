import { BooleanColumn, type Column } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits } from './block.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

/** `true`, `false` in any case, `1`, `0`. */
export function createBooleanCells(rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  let values = new Uint8Array(0)
  return {
    read(block, column, at) {
      values = roomy(values, at + block.rows)
      const { bytes, starts, ends, width, rows } = block
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const start = starts[i] as number
        const length = (tagged >> tagBits) - start
        const first = bytes[start] as number
        if ((tagged & absent) !== 0 || length === 0) slow(block, row, column, at + row)
        else if (length === 1 && (first === 48 || first === 49)) values[at + row] = first - 48
        else if (length === 4 && spells(bytes, start, 'true')) values[at + row] = 1
        else if (length === 5 && spells(bytes, start, 'false')) values[at + row] = 0
        else slow(block, row, column, at + row)
      }
    },
    take(rows) {
      const own = trimmed(values, rows)
      values = new Uint8Array(0)
      return new BooleanColumn(own, presence.take(rows))
    },
  }

  function slow(block: Block, row: number, column: number, at: number): void {
    values[at] = 0
    refuse(block, row, column, at, 'is not a boolean (true, false, 1, 0)')
  }
}

function spells(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (((bytes[start + i] as number) | 32) !== word.charCodeAt(i)) return false
  return true
}
