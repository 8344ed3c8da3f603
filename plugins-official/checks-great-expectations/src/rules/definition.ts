import type { Batch, TableSchema } from 'tidegate'
import type { Condition } from '../condition/condition.ts'
import type { Given } from '../suite/given.ts'

/** What a row is to an expectation about rows, one byte a row. */
export const outside = 0
/** It meets the condition, but there is nothing to judge (a null, or `ignore_row_if`). */
export const ignored = 1
export const expected = 2
export const unexpected = 3

/** When a row is not judged because of absent cells. */
export type Ignore = 'all' | 'any' | 'never'

interface AboutRows {
  readonly columns: readonly string[]
  /** One column, a pair, or several: how results list what was not expected. */
  readonly shape: 'column' | 'pair' | 'several'
  readonly ignore: Ignore
  /** Null is judged like any value, and results say nothing about missing ones. */
  readonly judgesNull?: true
  readonly condition: Condition | undefined
  readonly mostly: number
}

/** Each row is judged alone. */
export interface RowDefinition extends AboutRows {
  readonly kind: 'row'
  /** The result turns `expected` rows into `unexpected` ones. Throws `SCHEMA_MISMATCH` where a column is of the wrong type. */
  open(schema: TableSchema): (batch: Batch, states: Uint8Array) => void
}

/** Rows are judged when all have been seen. Of each row to judge, `width` bytes are kept. */
export interface WholeDefinition extends AboutRows {
  readonly kind: 'whole'
  readonly width: number
  open(schema: TableSchema): (batch: Batch, states: Uint8Array, marks: DataView) => void
  /** 1 for each of `rows` that is unexpected. */
  decide(marks: DataView, rows: number): Uint8Array
}

/** What is said about all rows at once. */
export interface Answer {
  readonly success: boolean
  readonly result: Readonly<Record<string, unknown>>
}

/** The state of a statistic over rows; its bytes join that of earlier rows with that of later ones. */
export interface Collector<V> {
  add(batch: Batch, states: Uint8Array): void
  merge(bytes: Uint8Array): void
  bytes(): Uint8Array
  value(): V
}

export interface AggregateDefinition<V = unknown> {
  readonly kind: 'aggregate'
  readonly columns: readonly string[]
  readonly condition: Condition | undefined
  open(schema: TableSchema): Collector<V>
  answer(value: V): Answer
}

/** A table of the suite's data source that the expectation names besides its own. */
export interface OtherTableDefinition {
  readonly kind: 'other table'
  readonly columns: readonly []
  readonly condition: Condition | undefined
  readonly table: string
}

export type Definition =
  | RowDefinition
  | WholeDefinition
  | AggregateDefinition
  | OtherTableDefinition
  | {
      readonly kind: 'by schema'
      readonly columns: readonly string[]
      /** 0.18 asks every value of a text column, and any other column once. */
      choose(schema: TableSchema): RowDefinition | AggregateDefinition
      readonly aggregate: AggregateDefinition
    }

/** Makes the definition of one kind of expectation from its kwargs. */
export type Define = (given: Given) => Definition
