import { BitSet, type Table } from 'arquero'
import { BooleanColumn, FlatColumn } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import type { Cells } from '../cells/cells.ts'
import { compile, type Node, type Scope } from './compile.ts'
import { type Bindings, createBindings, run, runBits } from './kernel.ts'
import type { Code } from './leaf.ts'
import { textResult, textShortcut } from './text-shortcuts.ts'

/** Answers aggregate and window functions with code that reads what was computed for them. */
export type Special = (node: Node, scope: Scope) => Code | undefined

/** What expressions over one table stand in. */
export function scopeOf(table: Table, bindings: Bindings, special: Special | undefined): Scope {
  const params = (table.params() ?? {}) as Readonly<Record<string, unknown>>
  const rows = table.totalRows()
  const scope: Scope = {
    ...bindings,
    column: (name) => table.column(name) as unknown as Cells | undefined,
    parameter: (name) => (Object.hasOwn(params, name) ? { value: params[name] } : undefined),
    shortcut: (node) => textShortcut(node, scope, rows),
    special: (node) => special?.(node, scope),
  }
  return scope
}

/**
 * An expression for all rows of a table, filtered out or not, in typed loops: numbers as float64, truth values as booleans, text of one dictionary
 * column as a dictionary column, anything else as an array of the values themselves. Undefined for what is left to Arquero; throws what the
 * expression throws, maybe for a row that is filtered out.
 */
export function evaluate(table: Table, node: Node, special?: Special): Cells | undefined {
  const bindings = createBindings()
  const scope = scopeOf(table, bindings, special)
  const rows = table.totalRows()
  if (node.type === 'Column') {
    const column = scope.column(String(node.name))
    if (column !== undefined && isShared(column)) return column
  } else {
    const text = textResult(node, scope, rows)
    if (text !== undefined) return text
  }
  const code = compile(node, scope)
  if (code?.cells !== undefined && isShared(code.cells) && code.cells.length === rows) return code.cells
  return code === undefined ? undefined : run(code, bindings, rows)
}

/** Columns that are what a new column of their values would be. */
function isShared(column: Cells): boolean {
  if (column instanceof FlatColumn) return column.type.kind === 'float' && column.type.bits === 64
  if (column instanceof BytesColumn) return column.type.kind === 'string'
  return column instanceof BooleanColumn || column instanceof DictionaryColumn
}

/** The visible rows for which an expression is true; undefined for what is left to Arquero. */
export function evaluateFilter(table: Table, node: Node, special?: Special): BitSet | undefined {
  const bindings = createBindings()
  const code = compile(node, scopeOf(table, bindings, special))
  if (code === undefined) return undefined
  const rows = table.totalRows()
  const mask = table.mask()
  const words = runBits(code, bindings, rows, mask === null ? undefined : wordsOf(mask as BitSet))
  const bits = new BitSet(rows)
  wordsOf(bits).set(words)
  return bits
}

/** The words of Arquero's bit set, which it declares private; row 0 is the highest bit of word 0. */
export function wordsOf(bits: BitSet): Uint32Array {
  return (bits as unknown as { readonly _bits: Uint32Array })._bits
}
