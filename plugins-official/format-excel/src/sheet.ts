import { corrupt } from './faults.ts'
import { columnOf, mostColumns, mostRows, type Range } from './reference.ts'
import { unescapeText } from './text.ts'
import type { Workbook } from './workbook.ts'
import { parseXml } from './xml.ts'

/** `date`, `time`, `elapsed` (hours beyond 24): a number that its style shows so. `iso`: a date as text of its own type. `formula`: one whose value was never stored. */
export type CellKind = 'number' | 'date' | 'time' | 'elapsed' | 'text' | 'boolean' | 'error' | 'iso' | 'formula'

export interface Cell {
  readonly column: number
  readonly kind: CellKind
  /** The number as it is written, the text, the name of the error. */
  readonly text: string
}

export interface SheetRow {
  /** From 0. */
  readonly number: number
  readonly cells: readonly Cell[]
}

/** The rows of a worksheet that hold cells with values, in order, and those without any that the file mentions. */
export async function* readSheet(
  { package: zip, sheet, styles, strings }: Workbook,
  shown: string,
  range: Range,
): AsyncIterable<readonly SheetRow[]> {
  let rows: SheetRow[] = []
  let cells: Cell[] = []
  let row = -1
  let column = -1
  let type = ''
  let style = ''
  let value = ''
  let hasValue = false
  let hasFormula = false
  let inCell = false
  let inValue = false
  let phonetic = 0

  function beginCell(r: string | undefined, t: string, s: string): void {
    column = r === undefined ? column + 1 : columnOf(r)
    if (column < 0 || column >= mostColumns) throw corrupt(shown, `has a cell "${r}" outside of any worksheet`)
    type = t
    style = s
    value = ''
    hasValue = hasFormula = false
    inCell = true
  }

  function endCell(): void {
    inCell = inValue = false
    if (column < range.left || column > range.right || row < range.top || row > range.bottom) return
    const cell = cellOf()
    if (cell !== undefined) cells.push(cell)
  }

  function cellOf(): Cell | undefined {
    if (!hasValue) return hasFormula ? { column, kind: 'formula', text: '' } : undefined
    switch (type) {
      case 's': {
        const text = strings[Number(value)]
        if (text === undefined) throw corrupt(shown, `refers to the shared string ${value}, which it does not hold`)
        return { column, kind: 'text', text }
      }
      case 'str':
      case 'inlineStr':
        return { column, kind: 'text', text: unescapeText(value) }
      case 'b':
        return { column, kind: 'boolean', text: value }
      case 'e':
        return { column, kind: 'error', text: value }
      case 'd':
        return { column, kind: 'iso', text: value }
      default:
        if (value === '') return hasFormula ? { column, kind: 'formula', text: '' } : undefined
        return { column, kind: styles[Number(style)] ?? 'number', text: value }
    }
  }

  const parse = parseXml(zip.read(sheet), shown, sheet, {
    open(tag, attributes) {
      if (tag === 'c') beginCell(attributes['r'], attributes['t'] ?? 'n', attributes['s'] ?? '0')
      else if (tag === 'row') {
        const next = attributes['r'] === undefined ? row + 1 : Number(attributes['r']) - 1
        if (!(next > row && next < mostRows && Number.isInteger(next)))
          throw corrupt(shown, `has a row numbered "${attributes['r']}" behind row ${row + 1}`)
        row = next
        column = -1
        cells = []
      } else if (inCell) {
        if (tag === 'v' || (tag === 't' && phonetic === 0)) inValue = hasValue = true
        else if (tag === 'f') hasFormula = true
        else if (tag === 'rPh') phonetic++
        else if (tag === 'is') hasValue = true
      }
    },
    close(tag) {
      if (tag === 'c') endCell()
      else if (tag === 'row') {
        if (row >= range.top && row <= range.bottom) rows.push({ number: row, cells })
      } else if (tag === 'v' || tag === 't') inValue = false
      else if (tag === 'rPh') phonetic--
    },
    text(piece) {
      if (inValue) value += piece
    },
  })
  for await (const _ of parse) {
    if (rows.length > 0) yield rows
    rows = []
    if (row > range.bottom) return
  }
}
