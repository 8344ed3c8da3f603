import { parse, type Table } from 'arquero'
import { isValid, TypedColumn } from '../../columns/column.ts'
import { concatColumns } from '../../columns/concat.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import { sameType } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import type { Place } from '../expression/errors.ts'
import { inspect } from '../expression/inspect.ts'
import { gatherCells, mergeCells } from './gather.ts'
import { indexOf, probe, rowsOf } from './index.ts'
import { joinOn } from './keys.ts'
import { arrange, equiPairs, type JoinShape, type Pairs } from './pairs.ts'
import { type JoinValue, joinValues } from './values.ts'

export interface JoinRequest {
  readonly left: Table
  readonly right: Table
  readonly on: unknown
  readonly values: unknown
  readonly suffix: readonly (string | undefined)[]
  readonly keepLeft: boolean
  readonly keepRight: boolean
  readonly rowWise: boolean
  readonly place: Place
}

export interface Joined {
  readonly data: Readonly<Record<string, Cells>>
  readonly values: readonly JoinValue[]
}

/**
 * Joins two tables as Arquero does, by index and gather. Columns that need no gather are passed on as they are, typed columns keep type and
 * encoding, and a missed cell of a typed column is null (Arquero: undefined). A row-wise join keeps the order of the left rows.
 */
export function joinTables(request: JoinRequest): Joined {
  const { left, right, place, rowWise, keepLeft, keepRight } = request
  const on = joinOn(left, right, request.on, place, rowWise)
  const shared = 'predicate' in on ? undefined : on.shared
  const values = joinValues({ ...request, tables: [left, right], shared })
  const shape = { keepLeft, keepRight, leftMajor: rowWise }
  const pairs =
    request.on === everyPair
      ? crossPairs(left, right, { keepLeft, keepRight, leftMajor: rowWise, byLoop: true })
      : 'predicate' in on
        ? loopPairs(request, on.predicate)
        : equiPairs(indexOf(right, on.right), probe(indexOf(right, on.right), on.left), visibleRows(left), shape)
  return { values, data: Object.fromEntries(values.map((value) => [value.name, fill(value, pairs, left, right)])) }
}

export function visibleRows(table: Table): Int32Array | undefined {
  return table.isFiltered() || table.isOrdered() ? rowsOf(table) : undefined
}

/** The `on` of a cross join. */
export const everyPair = () => true

function crossPairs(left: Table, right: Table, shape: JoinShape): Pairs {
  const [leftRows, rightRows] = [rowsOf(left), rowsOf(right)]
  const found = { left: new Int32Array(0), right: new Int32Array(0) }
  if (leftRows.length === 0 || rightRows.length === 0) return arrange(found, leftRows, rightRows, shape)
  const out = {
    left: new Int32Array(leftRows.length * rightRows.length),
    right: new Int32Array(leftRows.length * rightRows.length),
  }
  for (let i = 0; i < leftRows.length; i++) {
    out.left.fill(leftRows[i] as number, i * rightRows.length, (i + 1) * rightRows.length)
    out.right.set(rightRows, i * rightRows.length)
  }
  return out
}

/** Every left row against every right row. */
function loopPairs({ left, right, place, keepLeft, keepRight, rowWise }: JoinRequest, predicate: unknown): Pairs {
  const on = new Map([['on', predicate]])
  const tables = [left, right]
  inspect(on, { place, tables, rowWise: false })
  const [test] = parse(on, { join: tables }).exprs as [
    (l: number, leftData: unknown, r: number, rightData: unknown) => unknown,
  ]
  const [leftRows, rightRows] = [rowsOf(left), rowsOf(right)]
  const [leftData, rightData] = [left.data(), right.data()]
  const matches = { left: [] as number[], right: [] as number[] }
  for (let i = 0; i < leftRows.length; i++) {
    for (let j = 0; j < rightRows.length; j++) {
      if (!test(leftRows[i] as number, leftData, rightRows[j] as number, rightData)) continue
      matches.left.push(i)
      matches.right.push(j)
    }
  }
  const found = { left: Int32Array.from(matches.left), right: Int32Array.from(matches.right) }
  return arrange(found, leftRows, rightRows, { keepLeft, keepRight, leftMajor: rowWise, byLoop: true })
}

function fill(value: JoinValue, pairs: Pairs, left: Table, right: Table): Cells {
  if ('column' in value) {
    const column = (value.side === 0 ? left : right).column(value.column) as unknown as Cells
    if (value.side === 1) return gatherCells(encoded(column), pairs.right)
    return pairs.left === undefined ? column : gatherCells(column, pairs.left)
  }
  const merged = value.merges === undefined ? undefined : mergeKeys(value.merges, pairs, left, right)
  if (merged !== undefined) return merged
  const out = new Array<unknown>(pairs.right.length)
  const [leftData, rightData] = [left.data(), right.data()]
  const [noLeft, noRight] = [absent(left), absent(right)]
  for (let i = 0; i < out.length; i++) {
    const l = pairs.left === undefined ? i : (pairs.left[i] as number)
    const r = pairs.right[i] as number
    out[i] = value.evaluate(Math.max(l, 0), l < 0 ? noLeft : leftData, Math.max(r, 0), r < 0 ? noRight : rightData)
  }
  return out
}

/** A key that both sides share, from the right where the left has none: typed columns of one type are laid end to end and gathered. */
function mergeKeys(name: string, pairs: Pairs, left: Table, right: Table): Cells | undefined {
  const [one, other] = [left, right].map((table) => table.column(name) as unknown as Cells) as [Cells, Cells]
  if (!(one instanceof TypedColumn && other instanceof TypedColumn) || !sameType(one.type, other.type)) return undefined
  if ('sees' in one && 'sees' in other && one.sees !== other.sees) return undefined
  const merged = mergeCells(one, other, pairs)
  if (merged !== undefined) return merged
  const rows = new Int32Array(pairs.right.length)
  for (let i = 0; i < rows.length; i++) {
    const l = pairs.left === undefined ? i : (pairs.left[i] as number)
    const r = pairs.right[i] as number
    rows[i] = l >= 0 && isValid(one.validity, l) ? l : r < 0 ? -1 : one.length + r
  }
  return concatColumns([one, other]).take(rows)
}

/** Data in which every cell is undefined, for expressions over a side that has no row. */
function absent(table: Table): Record<string, readonly unknown[]> {
  return Object.fromEntries(table.columnNames().map((name) => [name, []]))
}

const longestEncoded = 1 << 17
const encodings = new WeakMap<BytesColumn, DictionaryColumn>()

/** Text of a small side table as codes, made once, so that gathering copies codes and what comes after works on codes. */
export function encoded(cells: Cells): Cells {
  if (!(cells instanceof BytesColumn) || cells.type.kind !== 'string' || cells.length > longestEncoded) return cells
  const known = encodings.get(cells)
  if (known !== undefined) return known
  const codes = new Map<string, number>()
  const out = new Int32Array(cells.length)
  const strings = cells.strings()
  for (let i = 0; i < out.length; i++) {
    const text = strings[i] as string
    let code = codes.get(text)
    if (code === undefined) {
      code = codes.size
      codes.set(text, code)
    }
    out[i] = code
  }
  const narrow = codes.size <= 0xffff ? Uint16Array.from(out) : out
  const column = new DictionaryColumn(narrow, [...codes.keys()], cells.validity)
  encodings.set(cells, column)
  return column
}
