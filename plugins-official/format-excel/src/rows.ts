import { corrupt } from './faults.ts'
import type { ExcelOptions } from './options.ts'
import { columnLetters, parseRange, type Range } from './reference.ts'
import { type Cell, readSheet, type SheetRow } from './sheet.ts'
import type { Workbook } from './workbook.ts'

export interface Records {
  /** Names of the columns, and where they stand; empty names are left out. */
  readonly names: readonly { readonly name: string; readonly column: number }[]
  /** Rows under the header. Empty ones only where they count. */
  rows(): AsyncIterable<readonly SheetRow[]>
  /** Gives up reading. */
  close(): Promise<void>
}

const everything: Range = { left: 0, top: 0, right: Number.POSITIVE_INFINITY, bottom: Number.POSITIVE_INFINITY }

/** Finds the header and hands on what stands under it. */
export async function openRecords(book: Workbook, shown: string, given: ExcelOptions): Promise<Records> {
  const range = given.range === undefined ? everything : (parseRange(given.range) as Range)
  const sheet = readSheet(book, shown, range)[Symbol.asyncIterator]()
  const keepEmpty = given.emptyRows === 'keep' || (given.emptyRows === 'auto' && book.own)
  let rest: readonly SheetRow[] = []
  let names: Records['names'] = []
  let next = range.top

  if (given.header === true) {
    const found = await firstRow()
    if (found === undefined) {
      await sheet.return?.()
      throw corrupt(
        shown,
        'has no header: the sheet is empty',
        'Name the columns with header: [...], or choose another sheet or range.',
      )
    }
    names = found.cells.map((cell) => ({ name: cell.text, column: cell.column })).filter(({ name }) => name !== '')
    next = found.number + 1
  } else if (Array.isArray(given.header)) {
    names = given.header.map((name, i) => ({ name, column: range.left + i }))
  } else {
    const found = await peekRow()
    const right = Math.min(range.right, found?.cells.at(-1)?.column ?? range.left)
    names = Array.from({ length: right - range.left + 1 }, (_, i) => ({
      name: columnLetters(range.left + i),
      column: range.left + i,
    }))
  }

  async function firstRow(): Promise<SheetRow | undefined> {
    const found = await peekRow()
    rest = rest.slice(1)
    return found
  }

  /** The first row that holds anything; it stays in `rest`. */
  async function peekRow(): Promise<SheetRow | undefined> {
    for (;;) {
      const at = rest.findIndex(({ cells }) => cells.length > 0)
      if (at >= 0) {
        rest = rest.slice(at)
        return rest[0]
      }
      const { done, value } = await sheet.next()
      if (done === true) return undefined
      rest = value
    }
  }

  function* filled(rows: readonly SheetRow[]): Iterable<SheetRow> {
    for (const row of rows) {
      for (; keepEmpty && next < row.number; next++) yield { number: next, cells: [] }
      next = row.number + 1
      if (keepEmpty || row.cells.length > 0) yield row
    }
  }

  return {
    names,
    async close() {
      await sheet.return?.()
    },
    async *rows() {
      try {
        if (rest.length > 0) yield [...filled(rest)]
        for (let step = await sheet.next(); step.done !== true; step = await sheet.next()) yield [...filled(step.value)]
      } finally {
        await sheet.return?.()
      }
    },
  }
}

/** The cell in `column`; cells of a row nearly always stand in order. */
export function cellAt(cells: readonly Cell[], column: number): Cell | undefined {
  const guess = cells[column]
  if (guess?.column === column) return guess
  for (let i = cells.length - 1; i >= 0; i--) if ((cells[i] as Cell).column === column) return cells[i]
  return undefined
}
