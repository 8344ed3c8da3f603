import type { ColumnLineage, ColumnSource, TableSchema } from 'tidegate'
import { type Inputs, usedColumns } from './sql-columns.ts'
import { columnNames, isOf, sameName, type Tree, walk } from './sql-tree.ts'

/** A table of the FROM clause: the name by which columns are qualified, and the input it is. */
interface Relation {
  readonly alias: string
  readonly input: string
}

/**
 * Where the columns of a query come from, by DuckDB's own parse tree. One SELECT over inputs and joins of inputs is resolved column by column;
 * anything else (subqueries, CTEs, set operations, ambiguous names) is opaque: all columns that the query can touch.
 */
export function lineageOf(tree: Tree | undefined, inputs: Inputs, output: TableSchema): ColumnLineage[] {
  const touched = Object.entries(usedColumns(tree, inputs)).flatMap(([input, columns]) =>
    columns.map((column) => ({ input, column })),
  )
  const relations =
    tree === undefined || !isOf(tree, 'SELECT_NODE') ? undefined : relationsOf(tree['from_table'] as Tree, inputs)
  const items = relations === undefined ? undefined : resolved(tree as Tree, relations, inputs)
  const known = items !== undefined && items.length === output.fields.length ? items : undefined
  return output.fields.map(({ name }, i) => ({ column: name, ...(known?.[i] ?? { how: 'opaque', sources: touched }) }))
}

type Origin = Pick<ColumnLineage, 'how' | 'sources'>

function relationsOf(from: Tree, inputs: Inputs): Relation[] | undefined {
  if (isOf(from, 'BASE_TABLE')) {
    const input = Object.keys(inputs).find((name) => sameName(name, String(from['table_name'])))
    return input === undefined || (from['column_name_alias'] as readonly unknown[]).length > 0
      ? undefined
      : [{ alias: String(from['alias'] || input), input }]
  }
  if (isOf(from, 'EMPTY')) return []
  if (!isOf(from, 'JOIN') || from['ref_type'] === 'NATURAL') return undefined
  const left = relationsOf(from['left'] as Tree, inputs)
  const right = relationsOf(from['right'] as Tree, inputs)
  return left === undefined || right === undefined ? undefined : [...left, ...right]
}

function resolved(tree: Tree, relations: readonly Relation[], inputs: Inputs): (Origin | undefined)[] | undefined {
  // A CTE could shadow the name of an input.
  if (((tree['cte_map'] as { readonly map: readonly unknown[] }).map ?? []).length > 0) return undefined
  const using = [...walk(tree['from_table'])].some(
    (node) => ((node['using_columns'] as readonly unknown[] | undefined) ?? []).length > 0,
  )
  const named = new Map<string, Origin | undefined>()
  const origins: (Origin | undefined)[] = []
  for (const item of tree['select_list'] as readonly Tree[]) {
    if (isOf(item, 'STAR')) {
      const columns = using ? undefined : starColumns(item, relations, inputs)
      if (columns === undefined) return undefined
      origins.push(...columns)
      continue
    }
    const origin = originOf(item, relations, inputs, named)
    origins.push(origin)
    if (item['alias'] !== '') named.set(String(item['alias']).toLowerCase(), origin)
  }
  return origins
}

function starColumns(star: Tree, relations: readonly Relation[], inputs: Inputs): Origin[] | undefined {
  const changed = ['exclude_list', 'replace_list', 'qualified_exclude_list', 'rename_list'].some(
    (key) => ((star[key] as readonly unknown[] | undefined) ?? []).length > 0,
  )
  if (changed || star['columns'] === true || star['expr'] !== null) return undefined
  const of = String(star['relation_name'])
  return relations
    .filter(({ alias }) => of === '' || sameName(alias, of))
    .flatMap(({ input }) =>
      (inputs[input] as TableSchema).fields.map(
        ({ name }): Origin => ({ how: 'identity', sources: [{ input, column: name }] }),
      ),
    )
}

function originOf(
  item: Tree,
  relations: readonly Relation[],
  inputs: Inputs,
  named: ReadonlyMap<string, Origin | undefined>,
): Origin | undefined {
  const sources: ColumnSource[] = []
  for (const node of walk(item)) {
    if (isOf(node, 'SUBQUERY', 'STAR', 'LAMBDA')) return undefined
    if (!isOf(node, 'COLUMN_REF')) continue
    const found =
      sourceOf(columnNames(node), relations, inputs) ?? named.get(columnNames(node).join('.').toLowerCase())?.sources
    if (found === undefined) return undefined
    for (const source of found)
      if (!sources.some(({ input, column }) => input === source.input && column === source.column)) sources.push(source)
  }
  return { how: isOf(item, 'COLUMN_REF') && sources.length === 1 ? 'identity' : 'derived', sources }
}

/** `column` or `table.column`; undefined for what is neither or not one thing. */
function sourceOf(
  names: readonly string[],
  relations: readonly Relation[],
  inputs: Inputs,
): ColumnSource[] | undefined {
  const [first = '', second] = names
  if (names.length > 2) return undefined
  const among = second === undefined ? relations : relations.filter(({ alias }) => sameName(alias, first))
  const found = among.flatMap(({ input }) =>
    (inputs[input] as TableSchema).fields
      .filter(({ name }) => sameName(name, second ?? first))
      .map(({ name }) => ({ input, column: name })),
  )
  // Of a column that joins by USING either side may be meant: both are sources.
  return found.length === 0 ? undefined : found
}
