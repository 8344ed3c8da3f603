import type { RowVerdict } from '../../plugins/check.ts'
import type { Task } from '../../plugins/executor.ts'
import type { Batch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { type ColumnMessage, type ColumnUnpacker, type PackedColumn, type View, viewOf } from '../columns/pack.ts'
import { onlyShown, Undecided } from '../gate/row-judge.ts'
import { type PackedError, packError, unpackError } from '../log/pack-error.ts'
import type { TableSchema } from '../types.ts'
import type { Branch } from './branch.ts'
import type { RowOutcome } from './row-work.ts'

/** One batch for a helper. */
export interface RowRequest {
  readonly work: string
  /** With the first batch. */
  readonly task?: Task
  /** Milliseconds that nodes with a time limit have left, by name. */
  readonly left: Readonly<Record<string, number>>
  readonly schema: TableSchema
  readonly length: number
  readonly columns: readonly PackedColumn[]
  readonly buffer: ArrayBuffer
}

/** What a helper made of one batch. */
export interface RowAnswer {
  /** The code asked for chance, or made what cannot be sent: the batch is to be computed in its turn. */
  readonly again: boolean
  /** Nodes whose code asked for the time. */
  readonly now: readonly string[]
  /** Milliseconds. */
  readonly took: number
  readonly outcomes: readonly PackedOutcome[]
  readonly buffer: ArrayBuffer
}

interface PackedBatch {
  readonly schema: TableSchema
  readonly length: number
  /** A number: a column that both sides have already, in order of appearance. */
  readonly columns: readonly (PackedColumn | number | { readonly typeOnly: PackedColumn })[]
}

interface PackedOutcome {
  readonly judged?: {
    readonly length: number
    readonly passed: PackedBatch
    readonly failed: readonly {
      readonly rule: number
      readonly verdict: RowVerdict
      readonly failed: number
      readonly bits: View
    }[]
    readonly exempt?: readonly number[]
    readonly aside: View
    readonly gone: View
    readonly warned: number
    readonly cells: { readonly batch: PackedBatch; readonly rows: View }
    readonly repaired?: {
      readonly rows: number
      readonly byRule: readonly number[]
      readonly audit: PackedBatch
      readonly reasons: readonly (readonly [number, string])[]
    }
  }
  readonly error?: PackedError
  readonly undecided?: { readonly node: string; readonly check: string }
  readonly spent?: number
  readonly below: readonly PackedOutcome[]
}

/** `known`: the columns that both sides have; grows in the same order on both. `redact` blots secrets out of errors. */
export function packOutcomes(
  branches: readonly Branch[],
  outcomes: readonly RowOutcome[],
  message: ColumnMessage,
  known: Map<Column, number>,
  redact: (text: string) => string,
): readonly PackedOutcome[] {
  const batchOf = (batch: Batch, reads: 'all' | readonly string[]): PackedBatch => ({
    schema: batch.schema,
    length: batch.length,
    columns: batch.columns.map((column, index) => {
      const found = known.get(column)
      if (found !== undefined) return found
      const name = batch.schema.fields[index]?.name as string
      // What nobody reads keeps its type alone.
      if (reads !== 'all' && !reads.includes(name)) return { typeOnly: message.column(column.slice(0, 0)) }
      known.set(column, known.size)
      return message.column(column)
    }),
  })
  return outcomes.map(({ judged, failure, spent, below }, index): PackedOutcome => {
    const branch = branches[index] as Branch
    const rest = {
      ...(spent === undefined ? {} : { spent }),
      below: packOutcomes(branch.children, below, message, known, redact),
    }
    if (failure !== undefined) {
      const { error } = failure
      if (error instanceof Undecided) return { undecided: { node: error.node, check: error.check }, ...rest }
      return { error: packError(error, redact), ...rest }
    }
    if (judged === undefined) return rest
    const shown = onlyShown(judged)
    return {
      judged: {
        length: judged.length,
        passed: batchOf(judged.passed, readsOf(branch)),
        failed: judged.failed.map((failed) => ({ ...failed, bits: message.array(failed.bits) })),
        ...(judged.exempt === undefined ? {} : { exempt: judged.exempt }),
        aside: message.array(judged.aside),
        gone: message.array(judged.gone),
        warned: judged.warned,
        cells: {
          batch: batchOf(shown.cells.batch, 'all'),
          rows: message.array(shown.cells.rows as Int32Array),
        },
        ...(judged.repaired === undefined
          ? {}
          : {
              repaired: {
                ...judged.repaired,
                audit: batchOf(judged.repaired.audit, 'all'),
                reasons: [...judged.repaired.reasons],
              },
            }),
      },
      ...rest,
    }
  })
}

/** Columns of the rows that pass, as far as the task's own thread needs them. */
function readsOf({ gate, children }: Branch): 'all' | readonly string[] {
  if (gate === undefined || gate.reads === 'all') return 'all'
  return [...gate.reads, ...children.flatMap(({ folds }) => folds)]
}

export function unpackOutcomes(
  answer: RowAnswer,
  known: Column[],
  unpacker: ColumnUnpacker,
  schemas: Schemas,
): readonly RowOutcome[] {
  const { buffer } = answer
  const bytes = (view: View) => viewOf(view, buffer) as Uint8Array
  const rowsOf = (view: View) => viewOf(view, buffer) as Int32Array
  const batchOf = ({ schema, length, columns }: PackedBatch): Batch => ({
    schema: schemas(schema),
    length,
    columns: columns.map((column) => {
      if (typeof column === 'number') return known[column] as Column
      if ('typeOnly' in column) return unpacker.column(column.typeOnly, buffer)
      const made = unpacker.column(column, buffer)
      known.push(made)
      return made
    }),
  })
  const outcomeOf = ({ judged, error, undecided, spent, below }: PackedOutcome): RowOutcome => {
    const failure =
      undecided !== undefined
        ? new Undecided(undecided.node, undecided.check)
        : error === undefined
          ? undefined
          : unpackError(error)
    // Children first, as they were packed.
    const rest = {
      ...(spent === undefined ? {} : { spent }),
      ...(failure === undefined ? {} : { failure: { error: failure } }),
      below: below.map(outcomeOf),
    }
    if (judged === undefined) return rest
    const { length, warned, repaired } = judged
    const passed = batchOf(judged.passed)
    const failed = judged.failed.map((one) => ({ ...one, bits: bytes(one.bits) }))
    const cells = { batch: batchOf(judged.cells.batch), rows: rowsOf(judged.cells.rows) }
    return {
      judged: {
        length,
        passed,
        failed,
        ...(judged.exempt === undefined ? {} : { exempt: judged.exempt }),
        aside: rowsOf(judged.aside),
        gone: rowsOf(judged.gone),
        warned,
        cells,
        ...(repaired === undefined
          ? {}
          : { repaired: { ...repaired, audit: batchOf(repaired.audit), reasons: new Map(repaired.reasons) } }),
      },
      ...rest,
    }
  }
  return answer.outcomes.map(outcomeOf)
}

/** Equal schemas become one object, as they are on one thread: typed kernels compile once for each. */
export type Schemas = (schema: TableSchema) => TableSchema

export function createSchemas(): Schemas {
  const known = new Map<string, TableSchema>()
  return (schema) => {
    const key = JSON.stringify(schema)
    const found = known.get(key) ?? schema
    known.set(key, found)
    return found
  }
}
