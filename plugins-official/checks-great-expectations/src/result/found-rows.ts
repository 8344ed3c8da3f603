import type { Batch, TableSchema } from 'tidegate'
import { cellJson } from '../cells/as-json.ts'
import { cellAt, type Found, findColumn } from '../cells/cells.ts'
import { ignored, outside, unexpected } from '../rules/definition.ts'
import type { Dialect } from '../suite/suite.ts'
import { isHidden, masked } from './hidden.ts'
import type { ResultFormat } from './result-format.ts'

/** What a result lists of the rows that were not as expected. */
export interface FoundRows {
  /** Rows that meet the condition. */
  readonly elements: number
  readonly missing: number
  readonly unexpected: number
  /** Values, pairs, or objects by column. */
  readonly values: readonly unknown[]
  /** Row numbers from 0, or objects of the columns that name rows. */
  readonly indexes: readonly unknown[]
  readonly rows: readonly number[]
}

/** Longest list of values in COMPLETE results: 1.x stops there, 0.18 does not. */
const longest = 200

/** Counts rows by their states, and lists the unexpected ones as far as the format asks. */
export function createFoundRows(
  { columns, shape }: { readonly columns: readonly string[]; readonly shape: 'column' | 'pair' | 'several' },
  schema: TableSchema,
  format: Required<ResultFormat>,
  dialect: Dialect,
  check: string,
) {
  const found = columns.map((name) => findColumn(schema, name, check))
  const naming = format.unexpected_index_column_names.map((name) => findColumn(schema, name, check))
  const complete = format.result_format === 'COMPLETE'
  const all = Number.POSITIVE_INFINITY
  const keepValues = complete ? (dialect === '1' ? longest : all) : format.partial_unexpected_count
  const keepRows = complete ? all : format.partial_unexpected_count
  let [elements, missing, count] = [0, 0, 0]
  const values: unknown[] = []
  const indexes: unknown[] = []
  const rows: number[] = []
  const list = (batch: Batch, row: number, at: number) => {
    if (values.length < keepValues) values.push(shaped(shape, byName(found, batch, row)))
    if (rows.length >= keepRows) return
    rows.push(at)
    indexes.push(naming.length === 0 ? at : byName([...found, ...naming], batch, row))
  }
  return {
    count(states: Uint8Array): void {
      for (const state of states) {
        if (state === outside) continue
        elements++
        if (state === ignored) missing++
      }
    },
    /** `start` is the number of the batch's first row. */
    list(batch: Batch, states: Uint8Array, start: number): void {
      for (let row = 0; row < states.length; row++) {
        if (states[row] !== unexpected) continue
        count++
        if (format.result_format !== 'BOOLEAN_ONLY') list(batch, row, start + row)
      }
    },
    finish: (): FoundRows => ({ elements, missing, unexpected: count, values, indexes, rows }),
  }
}

function byName(found: readonly Found[], batch: Batch, row: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    found.map(({ field, of }) => {
      const cell = cellAt(of(batch), row)
      return [field.name, cell !== null && isHidden(field) ? masked : cellJson(cell, field)]
    }),
  )
}

function shaped(shape: 'column' | 'pair' | 'several', cells: Readonly<Record<string, unknown>>): unknown {
  if (shape === 'several') return cells
  const [a, b = a] = Object.values(cells)
  return shape === 'column' ? a : [a, b]
}
