import type { ColumnTable } from 'arquero'
import type { Check } from '../../plugins/check.ts'
import type { Node, NodeOptions } from '../node.ts'
import type { Table } from '../table.ts'
import type { Committed, RowOf, Schema, SchemaRow } from '../table-types.ts'

/**
 * `expect` and the other options that every node takes, for rows `R`: a check on a column that is missing or of another
 * type is a type error.
 */
export interface Gate<in R> extends Omit<NodeOptions, 'expect' | 'key'> {
  readonly expect?: readonly Check<R>[]
  /**
   * The columns that say which row is which: a row in quarantine is known by them, so that it stays the same row while its
   * other values change. Without them, and where one of them is null, it is known by its content.
   */
  readonly key?: Extract<keyof R, string> | readonly Extract<keyof R, string>[]
}

/** Options of nodes that compute: those of sources (`onRemoved`, ...) are left out. */
export interface StepGate<in R> extends Omit<Gate<R>, 'onRemoved' | 'allowVanishing'> {}
/** Options of nodes that read from outside. */
export interface SourceGate<in R> extends Omit<Gate<R>, 'rehearse'> {}
/** Options of nodes that publish. */
export interface TargetOptions
  extends Pick<NodeOptions, 'version' | 'retry' | 'timeout' | 'deadline' | 'renamedFrom'> {}

export type Inputs = Readonly<Record<string, Node>>
export type From = Node | Inputs
/** What the code of a step gets for its inputs: a table, or a table for each name. */
export type Tables<F, P = Record<never, never>> =
  F extends Node<infer R>
    ? Table<R, Record<never, never>, P>
    : { readonly [K in keyof F]: F[K] extends Node<infer R> ? Table<R, Record<never, never>, P> : never }

/**
 * Without a `schema` the code must return a typed table; with one, any Arquero table will do and is read through the
 * schema.
 */
export type Result<S> = [S] extends [never] ? Table : Table | ColumnTable
/** The row a step commits. */
export type Made<T, S> = [S] extends [never] ? Committed<RowOf<T>> : S extends Schema ? SchemaRow<S> : never
/** The row its checks see. */
export type Checked<T, S> = [S] extends [never] ? RowOf<T> : S extends Schema ? SchemaRow<S> : never
