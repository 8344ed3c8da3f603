import type { TableSchema } from 'tidegate'
import { columnNames, isOf, type Tree, walk } from './sql-tree.ts'

export type Inputs = Readonly<Record<string, TableSchema>>

/**
 * The columns of each input that a query can touch, in the input's order: those whose name it mentions anywhere. Never too few: a star, a
 * natural join, a pivot, a table used as a row or a query without a tree means all.
 */
export function usedColumns(tree: Tree | undefined, inputs: Inputs): Readonly<Record<string, readonly string[]>> {
  const names = tree === undefined ? undefined : mentioned(tree, inputs)
  return Object.fromEntries(
    Object.entries(inputs).map(([input, { fields }]) => {
      const all = fields.map((field) => field.name)
      return [input, names === undefined ? all : all.filter((name) => names.has(name.toLowerCase()))]
    }),
  )
}

function mentioned(tree: Tree, inputs: Inputs): Set<string> | undefined {
  const names = new Set<string>()
  const tables = new Set(Object.keys(inputs).map((name) => name.toLowerCase()))
  for (const node of walk(tree)) {
    if (isOf(node, 'STAR', 'PIVOT', 'SHOW_REF', 'POSITIONAL_REFERENCE') || node['ref_type'] === 'NATURAL')
      return undefined
    if ('column_name_alias' in node && (node['column_name_alias'] as readonly unknown[]).length > 0) return undefined
    if (isOf(node, 'BASE_TABLE', 'SUBQUERY') && typeof node['alias'] === 'string')
      tables.add(node['alias'].toLowerCase())
    for (const name of columnNames(node)) names.add(name.toLowerCase())
    for (const name of (node['using_columns'] as readonly string[] | undefined) ?? []) names.add(name.toLowerCase())
  }
  for (const node of walk(tree)) {
    const [only, more] = columnNames(node)
    if (only !== undefined && more === undefined && tables.has(only.toLowerCase())) return undefined
  }
  return names
}
