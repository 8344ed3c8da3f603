import type { ColumnTable, Table } from 'arquero'
import type { ColumnLineage, ColumnSource } from '../../../plugins/step-kind.ts'
import type { TableSchema } from '../../types.ts'

/** Where one column object comes from. `sources: 'all'`: nothing is known, so every column of every input. */
export interface Provenance {
  readonly how: ColumnLineage['how']
  readonly sources: readonly ColumnSource[] | 'all'
  readonly expression?: string
}

/**
 * What is known of the columns of one run of one step, keyed by column identity, so that it survives tables rewrapped with `aq.table`. A trail
 * belongs to one run: the same column object means another input in the next step.
 */
export interface Trail {
  readonly columns: WeakMap<object, Provenance>
}

export function createTrail(): Trail {
  return { columns: new WeakMap() }
}

const unknown: Provenance = { how: 'opaque', sources: 'all' }

/** One column made of several. Opaque if one of them is; with no parts, a constant: derived from nothing. */
export function combine(parts: readonly (Provenance | undefined)[], expression?: string): Provenance {
  const text = expression === undefined ? {} : { expression }
  if (parts.some((part) => part === undefined || part.sources === 'all')) return { ...unknown, ...text }
  const sources = new Map<string, ColumnSource>()
  for (const part of parts as readonly Provenance[]) {
    for (const source of part.sources as readonly ColumnSource[])
      sources.set(JSON.stringify([source.input, source.column]), source)
  }
  const how = parts.some((part) => part?.how === 'opaque') ? 'opaque' : 'derived'
  return { how, sources: [...sources.values()], ...text }
}

/** Several columns stacked into one: still identity where every one of them is. */
export function stack(parts: readonly (Provenance | undefined)[]): Provenance {
  const all = combine(parts)
  return parts.every((part) => part?.how === 'identity') ? { ...all, how: 'identity' } : all
}

/** Code that cannot be looked into was given these columns. */
export function opaque(parts: readonly (Provenance | undefined)[], expression?: string): Provenance {
  return { ...combine(parts, expression), how: 'opaque' }
}

/** Column lineage of `table`, a result of a step over `inputs` (each a schema or the names of its columns). */
export function describeColumns(
  table: Table | ColumnTable,
  inputs: Readonly<Record<string, TableSchema | readonly string[]>>,
  trail: Trail,
): readonly ColumnLineage[] {
  const everything = Object.entries(inputs).flatMap(([input, columns]) =>
    namesOf(columns).map((column): ColumnSource => ({ input, column })),
  )
  return table.columnNames().map((column) => {
    const found = trail.columns.get(table.column(column) as unknown as object) ?? unknown
    const sources = found.sources === 'all' ? everything : found.sources
    return { column, ...found, sources }
  })
}

function namesOf(columns: TableSchema | readonly string[]): readonly string[] {
  return 'fields' in columns ? columns.fields.map((field) => field.name) : columns
}
