import type { Table } from 'arquero'
import { FlatColumn } from '../../columns/column.ts'
import type { Cells } from '../cells/cells.ts'
import type { Node, Scope } from '../vector/compile.ts'
import { evaluate, type Special } from '../vector/evaluate.ts'
import { numbers, objects, undefineds } from '../vector/kinds.ts'
import { leaf, plain } from '../vector/leaf.ts'
import { aggregate, aggregateName, constantOf } from './call.ts'
import { type Rows, rowsOf } from './rows.ts'

/** Computes the aggregates that expressions over one table call, each once. */
export interface Aggregates {
  /** What the call gives for each group; undefined where it is none, or left to Arquero. */
  call(node: Node, scope: Scope): Cells | undefined
  /** Reads the result for the group that code computes in `index`. */
  at(index: string): Special
  readonly rows: () => Rows
}

export function createAggregates(table: Table, coded = false): Aggregates {
  let given: Rows | undefined
  const fields = new Map<string, Cells | undefined>()
  const results = new Map<string, Cells | undefined>()
  const rows = () => {
    given ??= rowsOf(table, coded)
    return given
  }
  function field(node: Node): Cells | undefined {
    if (node.type !== 'Column') return evaluate(table, node)
    const name = String(node.name)
    if (!fields.has(name)) fields.set(name, table.column(name) as unknown as Cells | undefined)
    return fields.get(name)
  }
  function call(node: Node, scope: Scope): Cells | undefined {
    const name = aggregateName(node)
    if (name === undefined) return undefined
    const [first, second] = node.arguments ?? []
    const parameter = constantOf(second, scope)
    if (parameter === undefined) return undefined
    const key = first?.type === 'Column' ? JSON.stringify([name, first.name, String(parameter.value)]) : undefined
    const known = key === undefined ? undefined : results.get(key)
    const made = known ?? aggregate(name, first && field(first), rows(), parameter.value)
    const result = known === undefined ? inGroupOrder(made, rows().codeOf) : made
    if (key !== undefined) results.set(key, result)
    return result
  }
  return {
    call,
    rows,
    at: (index) => (node, scope) => {
      const result = call(node, scope)
      if (result === undefined) return undefined
      const code = leaf(result, scope, index)
      return Array.isArray(result) ? plain(kindsIn(result), code.value) : code
    },
  }
}

/** Results by dictionary code put in the order of the groups. */
function inGroupOrder(cells: Cells | undefined, codeOf: Int32Array | undefined): Cells | undefined {
  if (cells === undefined || codeOf === undefined) return cells
  if (cells instanceof FlatColumn) return cells.take(codeOf)
  return Array.from(codeOf, (code) => cells.at(code)) as never
}

/** Few groups and known aggregates: numbers, undefined, or something else. */
function kindsIn(values: readonly unknown[]): number {
  const simple = values.every((value) => value === undefined || typeof value === 'number')
  return simple ? numbers | undefineds : 127 & ~(values.every((value) => typeof value !== 'object') ? objects : 0)
}
