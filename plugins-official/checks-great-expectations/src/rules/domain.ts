import { type Batch, type Column, FlatColumn, isValid, type TableSchema } from 'tidegate'
import { findColumn, isMissing } from '../cells/cells.ts'
import type { Condition } from '../condition/condition.ts'
import { expected, type Ignore, ignored, outside } from './definition.ts'

export interface Domain {
  readonly columns: readonly string[]
  readonly ignore: Ignore
  readonly judgesNull?: true
  readonly condition: Condition | undefined
}

/** Says of every row of a batch whether the condition is met and whether there is something to judge. @throws `COLUMN_MISSING` */
export function openDomain(domain: Domain, schema: TableSchema, check: string): (batch: Batch) => Uint8Array {
  const { ignore, judgesNull } = domain
  const indexes = domain.columns.map((name) => findColumn(schema, name, check).index)
  const meets = domain.condition?.open(schema, check)
  return (batch) => {
    const states = new Uint8Array(batch.length).fill(expected)
    if (meets !== undefined) for (let row = 0; row < batch.length; row++) if (!meets(batch, row)) states[row] = outside
    if (judgesNull === true || ignore === 'never' || indexes.length === 0) return states
    markIgnored(
      indexes.map((index) => batch.columns[index] as Column),
      ignore,
      states,
    )
    return states
  }
}

function markIgnored(columns: readonly Column[], ignore: 'all' | 'any', states: Uint8Array): void {
  const missing = columns.map(missingIn)
  if (ignore === 'any' ? missing.every((one) => one === undefined) : missing.includes(undefined)) return
  for (let row = 0; row < states.length; row++) {
    if (states[row] === outside) continue
    let count = 0
    for (const one of missing) if (one !== undefined && one[row] === 1) count++
    if (ignore === 'any' ? count > 0 : count === columns.length) states[row] = ignored
  }
}

/** 1 for each cell that is absent or NaN; undefined where none can be. */
function missingIn(column: Column): Uint8Array | undefined {
  const { validity, length } = column
  if (column.type.kind !== 'float' && column.nullCount === 0) return undefined
  const out = new Uint8Array(length)
  if (column instanceof FlatColumn) {
    const { values } = column
    for (let row = 0; row < length; row++) {
      const value = values[row] as number
      if (Number.isNaN(value) || !isValid(validity, row)) out[row] = 1
    }
  } else for (let row = 0; row < length; row++) if (isMissing(column, row)) out[row] = 1
  return out
}
