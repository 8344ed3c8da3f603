import type { BitSet, Table } from 'arquero'
import type { Codes } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import type { Cells } from '../cells/cells.ts'
import type { Inspected } from '../expression/inspect.ts'
import { evaluate, wordsOf } from '../vector/evaluate.ts'
import { type Ids, idsOf, isDistinct, pairIds } from './ids.ts'

/** Arquero's groups: the group of each row, an exemplar row for each group, and how to read the keys there. */
export interface Groups {
  readonly keys: Uint32Array
  readonly get: readonly ((row: number) => unknown)[]
  readonly names: readonly string[]
  readonly rows: readonly number[]
  readonly size: number
  /** What `get` reads. */
  readonly cells: readonly Cells[]
}

/** The groups of `groupby` in order of first appearance, as Arquero makes them; undefined for what is left to it. */
export function groupRows(table: Table, inspected: readonly Inspected[]): Groups | undefined {
  if (inspected.length === 0) return undefined
  const cells: Cells[] = []
  for (const { tree } of inspected) {
    if (tree === undefined) return undefined
    const direct =
      tree.type === 'Column' ? (table.column(String(tree.name)) as unknown as Cells | undefined) : undefined
    const one = direct ?? evaluate(table, tree)
    if (one === undefined) return undefined
    cells.push(one)
  }
  const names = inspected.map(({ name }) => name)
  const coded = groupCodes(cells, names, table)
  if (coded !== undefined) return coded
  const ids = combined(cells)
  if (ids === undefined) return undefined
  const { keys, rows } = numberRows(ids, table)
  return { keys, get: getters(cells), names, rows, size: rows.length, cells }
}

function getters(cells: readonly Cells[]): Groups['get'] {
  return cells.map((column) => (row: number) => column.at(row))
}

/** The codes of a dictionary column whose every entry occurs, and the code of each group: enough for aggregates of all rows. */
export interface CodedGroups {
  readonly codes: Int32Array
  readonly codeOf: Int32Array
}

const coded = new WeakMap<object, () => CodedGroups>()

/** What `groups` are made of, where they are all rows of one dictionary column. */
export function codesOf(groups: object | null): CodedGroups | undefined {
  return groups === null ? undefined : coded.get(groups)?.()
}

/** One dictionary column has its groups in its codes; the group of each row is only computed where somebody asks for it. */
function groupCodes(cells: readonly Cells[], names: readonly string[], table: Table): Groups | undefined {
  const [column] = cells
  if (cells.length > 1 || !(column instanceof DictionaryColumn) || column.validity !== undefined) return undefined
  const { codes, dictionary } = column
  if (table.isFiltered() || dictionary.length > codes.length || !isDistinct(dictionary)) return undefined
  const rows: number[] = []
  const numbers = new Int32Array(dictionary.length).fill(-1)
  for (let row = 0; row < codes.length && rows.length < numbers.length; row++) {
    const code = codes[row] as number
    if ((numbers[code] as number) >= 0) continue
    numbers[code] = rows.length
    rows.push(row)
  }
  let keys: Uint32Array | undefined
  const groups: Groups = {
    get keys() {
      keys ??= translate(codes, numbers)
      return keys
    },
    get: getters(cells),
    names,
    rows,
    size: rows.length,
    cells,
  }
  let wide: CodedGroups | undefined
  if (rows.length === numbers.length) {
    coded.set(groups, () => {
      wide ??= {
        codes: codes instanceof Int32Array ? codes : new Int32Array(codes),
        codeOf: Int32Array.from(rows, (row) => codes[row] as number),
      }
      return wide
    })
  }
  return groups
}

function translate(codes: Codes, numbers: Int32Array): Uint32Array {
  const keys = new Uint32Array(codes.length)
  const groups = new Int32Array(keys.buffer)
  for (let row = 0; row < groups.length; row++) groups[row] = numbers[codes[row] as number] as number
  return keys
}

function combined(cells: readonly Cells[]): Ids | undefined {
  if (isAmbiguous(cells)) return undefined
  let left = idsOf(cells[0] as Cells)
  for (let i = 1; i < cells.length && left !== undefined; i++) {
    const right = idsOf(cells[i] as Cells)
    left = right && pairIds(left, right)
  }
  return left
}

/**
 * Arquero joins keys as quoted text with `|` between, without escaping: `a"|"b` beside `c` is the same group as `a` beside `b"|"c`. Only a text
 * before the last key that holds `"|` can do that.
 */
function isAmbiguous(cells: readonly Cells[]): boolean {
  return cells.slice(0, -1).some((column) => {
    if (column instanceof BytesColumn && column.isEncoded) {
      const { buffer, byteOffset, byteLength } = column.bytes
      return Buffer.from(buffer, byteOffset, byteLength).includes('"|')
    }
    const texts =
      column instanceof DictionaryColumn
        ? column.dictionary
        : column instanceof BytesColumn
          ? column.strings()
          : Array.isArray(column)
            ? (column as readonly unknown[])
            : []
    return texts.some((text) => typeof text === 'string' && text.includes('"|'))
  })
}

interface Numbered {
  readonly keys: Uint32Array
  readonly rows: number[]
}

/** Groups numbered in order of first appearance among the visible rows; hidden rows have group 0, as with Arquero. */
function numberRows({ ids, count, first }: Ids, table: Table): Numbered {
  const mask = table.mask()
  if (mask === null && first !== undefined)
    return { keys: new Uint32Array(ids.buffer, ids.byteOffset, ids.length), rows: Array.from(first) }
  if (mask === null) return numberAll(ids, count)
  const words = wordsOf(mask as BitSet)
  const keys = new Uint32Array(ids.length)
  const rows: number[] = []
  const numbers = new Int32Array(count).fill(-1)
  for (let row = 0; row < ids.length; row++) {
    if (((words[row >> 5] as number) & (0x80000000 >>> row)) === 0) continue
    const id = ids[row] as number
    let group = numbers[id] as number
    if (group < 0) {
      group = rows.length
      numbers[id] = group
      rows.push(row)
    }
    keys[row] = group
  }
  return { keys, rows }
}

/** Numbers in place, as nothing else holds `ids`. New groups interrupt a loop that only looks up. */
function numberAll(ids: Int32Array, count: number): Numbered {
  const keys = new Uint32Array(ids.buffer, ids.byteOffset, ids.length)
  const groups = ids
  const rows: number[] = []
  const numbers = new Int32Array(count).fill(-1)
  let row = lookUp(ids, numbers, groups, 0)
  while (row < groups.length) {
    numbers[ids[row] as number] = rows.length
    rows.push(row)
    row = lookUp(ids, numbers, groups, row)
  }
  return { keys, rows }
}

function lookUp(ids: Int32Array, numbers: Int32Array, groups: Int32Array, from: number): number {
  for (let row = from; row < groups.length; row++) {
    const group = numbers[ids[row] as number] as number
    if (group < 0) return row
    groups[row] = group
  }
  return groups.length
}
