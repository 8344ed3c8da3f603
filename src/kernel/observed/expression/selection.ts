import type { Table } from 'arquero'
import { type Place, unknownColumn } from './errors.ts'

/** What Arquero takes as an expression: a function, its text, or a wrapped one (`escape`, `rolling`, `desc`, an op). */
export type Expression = unknown

/** Output name to expression, or to the column that is taken as it is. */
export type Entries = ReadonlyMap<string, { readonly column: string } | { readonly expression: Expression }>

/** A list of values as verbs take it (names, numbers, selections, objects of expressions), resolved as Arquero's `parseValue` does. */
export function resolveEntries(table: Table, values: unknown, place: Place): Entries {
  const entries = new Map<string, { readonly column: string } | { readonly expression: Expression }>()
  const marshal = (value: unknown): void => {
    const param = typeof value === 'number' ? table.columnName(value) : value
    if (typeof param === 'string') {
      if (table.column(param) === undefined) throw unknownColumn(place, param, table.columnNames())
      entries.set(param, { column: param })
    } else if (typeof param === 'function') {
      for (const name of select(table, param, new Map()).values()) marshal(name)
    } else if (isObject(param)) {
      for (const [name, expression] of pairsOf(param)) entries.set(String(name), { expression })
    } else {
      throw new Error(`Invalid ${place.verb} value: ${String(param)}`)
    }
  }
  for (const value of toArray(values)) marshal(value)
  return entries
}

/** Entries as Arquero's parser takes them: a taken column becomes `d => d["name"]`. */
export function asExpressions(entries: Entries): Map<string, Expression> {
  const out = new Map<string, Expression>()
  for (const [name, entry] of entries)
    out.set(name, 'column' in entry ? `d => d[${JSON.stringify(entry.column)}]` : entry.expression)
  return out
}

function select(table: Table, selection: unknown, map: Map<unknown, unknown>): Map<unknown, unknown> {
  const sel = typeof selection === 'number' ? table.columnName(selection) : selection
  if (typeof sel === 'string') map.set(sel, sel)
  else if (Array.isArray(sel)) for (const one of sel) select(table, one, map)
  else if (typeof sel === 'function') select(table, sel(table), map)
  else if (isObject(sel)) for (const [name, value] of pairsOf(sel)) map.set(name, value)
  else throw new Error(`Invalid column selection: ${String(sel)}`)
  return map
}

/** As Arquero's `entries`: pairs of an array or a Map, own properties of an object. */
export function pairsOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(value)) return value as readonly (readonly [unknown, unknown])[]
  return value instanceof Map ? value.entries() : Object.entries(value)
}

export function toArray(value: unknown): readonly unknown[] {
  return value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function isObject(value: unknown): value is object {
  return value === Object(value)
}
