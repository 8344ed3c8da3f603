import type { Table } from 'arquero'
import { BooleanColumn, FlatColumn } from '../../columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../columns/text.ts'
import { types } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import type { Groups } from '../distinct/groups.ts'
import type { Inspected } from '../expression/inspect.ts'
import { compile, type Node } from '../vector/compile.ts'
import { type Special, scopeOf } from '../vector/evaluate.ts'
import { createBindings, run } from '../vector/kernel.ts'
import { numbersOf } from '../vector/numbers.ts'
import { aggregateName } from './call.ts'
import { createAggregates } from './special.ts'

/** A call of `op.count()`, as the parser would make it. */
export const countCall: Node = {
  type: 'CallExpression',
  start: 0,
  end: 0,
  callee: { type: 'Function', name: 'count', start: 0, end: 0 },
  arguments: [],
}

/** `rollup` in typed loops: a row per group, or one row. Undefined for what is left to Arquero. */
export function rollupTyped<T extends Table>(
  table: T,
  measures: readonly Pick<Inspected, 'name' | 'tree' | 'window'>[],
): T | undefined {
  const groups = table.groups() as unknown as Groups | null
  const aggregates = createAggregates(table, true)
  const data: Record<string, unknown> = {}
  const names: string[] = []
  const add = (name: string, cells: unknown) => {
    if (!Object.hasOwn(data, name)) names.push(name)
    data[name] = cells
  }
  groups?.names.forEach((name, i) => {
    add(name, keyCells(groups, i))
  })
  // Means count the rows of groups on their way: counts that come after them cost nothing.
  for (const { tree } of measures) {
    const name = tree && aggregateName(tree)
    if (name !== 'mean' && name !== 'average') continue
    if (tree?.arguments?.[0]?.type === 'Column') aggregates.call(tree, scopeOf(table, createBindings(), undefined))
  }
  for (const { name, tree, window } of measures) {
    if (tree === undefined || window !== undefined) return undefined
    const bindings = createBindings()
    const scope = {
      ...scopeOf(table, bindings, aggregates.at('i')),
      shortcut: () => undefined,
      column: () => undefined,
    }
    const direct = aggregates.call(tree, scope)
    const code = direct === undefined ? compile(tree, scope) : undefined
    if (direct === undefined && code === undefined) return undefined
    add(name, direct ?? run(code as NonNullable<typeof code>, bindings, groups === null ? 1 : groups.size))
  }
  return table.create({ data, names, groups: null, filter: null, order: null } as never)
}

/** One key of each group: text and truth values keep their layout, numbers become float64, as what Arquero makes of them would. */
function keyCells({ get, rows, cells }: Groups, i: number): Cells {
  const column = cells?.[i]
  if (column !== undefined) {
    const at = Int32Array.from(rows)
    if (column instanceof DictionaryColumn || column instanceof BooleanColumn) return column.take(at)
    if (column instanceof BytesColumn && column.type.kind === 'string') return column.take(at)
    const numbers = numbersOf(column)
    if (numbers !== undefined) {
      const { values, validity } = new FlatColumn(types.float64, numbers.values, numbers.validity).take(at)
      return new FlatColumn(types.float64, new Float64Array(values), validity)
    }
  }
  return rows.map((row) => get[i]?.(row)) as never
}

/** Aggregates inside `derive` and `filter`: each row reads the result of its group. */
export function aggregatesByRow(table: Table): Special {
  const aggregates = createAggregates(table)
  return (node, scope) => {
    const { keys } = aggregates.rows()
    return aggregates.at(keys === undefined ? '0' : `${scope.bind(keys, 'Int32Array')}[i]`)(node, scope)
  }
}
