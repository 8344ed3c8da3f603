import type { Paint } from './paint.ts'
import { cut, tame, widthOf } from './width.ts'

export interface TableColumn {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Leave the column out when no row has anything in it. */
  readonly optional?: boolean
  /** Narrow terminals lose the column with the highest number first; columns without one stay. */
  readonly drop?: number
  /** Its cells are cut when the table is still too wide, down to this many columns. */
  readonly least?: number
}

export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

const gap = '  '
const textOf = (cell: Cell | undefined): string =>
  tame(cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text)

/** Aligned lines, with a dim line of titles. Never wider than `width` where columns may be dropped or cut. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  options: { readonly width: number; readonly paint: Paint; readonly indent?: string },
): string[] {
  const { paint, indent = '' } = options
  const natural = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[index])))),
  )
  const used = columns.map((column, index) => column.optional !== true || rows.some((row) => textOf(row[index]) !== ''))
  const room = options.width - indent.length
  const sum = (widths: readonly number[]) =>
    widths.reduce((sum, width, index) => sum + (used[index] ? width + gap.length : 0), -gap.length)
  const total = () => sum(natural)
  const smallest = natural.map((width, index) => Math.min(width, columns[index]?.least ?? width))
  for (const index of droppable(columns)) if (sum(smallest) > room) used[index] = false
  for (const [index, { least }] of columns.entries()) {
    if (least === undefined || !used[index] || total() <= room) continue
    natural[index] = Math.max(least, (natural[index] as number) - (total() - room))
  }
  const shown = columns.flatMap((column, index) =>
    used[index] ? [{ column, index, width: natural[index] as number }] : [],
  )
  const line = (cellOf: (index: number) => Cell | undefined, style?: (text: string) => string): string => {
    const cells = shown.map(({ column, index, width }, place) => {
      const cell = cellOf(index)
      const text = cut(textOf(cell), width)
      const own = style ?? (typeof cell === 'object' ? cell.style : undefined)
      const space = ' '.repeat(Math.max(0, width - widthOf(text)))
      const styled = own === undefined || text === '' ? text : own(text)
      return column.align === 'right' ? space + styled : place === shown.length - 1 ? styled : styled + space
    })
    return `${indent}${cells.join(gap)}`.trimEnd()
  }
  return [line((index) => columns[index]?.title ?? '', paint.dim), ...rows.map((row) => line((index) => row[index]))]
}

function droppable(columns: readonly TableColumn[]): readonly number[] {
  const marked = columns.flatMap(({ drop }, index) => (drop === undefined ? [] : [{ index, drop }]))
  return marked.sort((a, b) => b.drop - a.drop).map(({ index }) => index)
}
