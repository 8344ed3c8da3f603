import type { NodeStatus } from '../../plugins/events.ts'
import type { Node, Quarantined, RepairedCell, Row, SavedFile } from '../node.ts'
import type { Table } from '../table.ts'
import type { Show } from '../table-types.ts'
import type { TableSchema } from '../types.ts'
import type { Config, ConfigFunction, Environment, NodesOf, PipelinesOf } from './config.ts'

/**
 * One output of a node as this run left it, pinned: later runs do not change what it reads. A fused node is computed
 * when it is read.
 */
export interface OutputHandle<out R extends Row = Row> {
  /** All rows. Throws what the node failed with, or why it was withheld. */
  table(): Promise<Table<R>>
  /** The same rows in bounded memory. */
  batches(): AsyncIterable<Table<R>>
  readonly rows: number
  readonly schema: TableSchema
}

export interface Handle<out R extends Row = Row> extends OutputHandle<R> {
  readonly status: NodeStatus
  /** The rows its gate set aside. */
  readonly quarantine: OutputHandle<Show<Quarantined<R>>>
  /** The cells that repairs of its checks changed. */
  readonly repairs: OutputHandle<RepairedCell>
  /** The artifacts its code saved. */
  readonly files: OutputHandle<SavedFile>
}

export type Handles<G> = { readonly [K in keyof G]: G[K] extends Node<infer R> ? Handle<R> : never }

type Replaced<X> = X extends readonly [Node<infer A>, Node<infer B>]
  ? B extends A
    ? X
    : {
        readonly 'the replacement lacks columns of the node, or has them of another type': {
          [K in keyof A]: K extends keyof B ? (B[K] extends A[K] ? never : K) : K
        }[keyof A]
      }
  : never

interface Selection<N extends string> {
  /** Only these nodes and what they need. */
  readonly only?: readonly N[]
  /** From these nodes on: what lies before them is taken as committed. */
  readonly from?: readonly N[]
  /** Up to these nodes. */
  readonly to?: readonly N[]
  /** Compute everything again, whatever is up to date. */
  readonly full?: boolean
  /** Default `development`. */
  readonly env?: Environment
  readonly signal?: AbortSignal
  /** Run every `each` at two batch sizes and compare. */
  readonly paranoid?: boolean
}

type Substitution<X> =
  | {
      /** Other nodes in the place of these, such as a sample in the place of a source; columns must fit. */
      readonly replace: X & { readonly [I in keyof X]: Replaced<X[I]> }
      /** The environment that the result goes to: never the real one. Targets are not published. */
      readonly into: string
    }
  | { readonly replace?: never; readonly into?: string }

type Replacements = readonly (readonly [Node, Node])[]
export type RunOptions<N extends string = string, X extends Replacements = Replacements> = Selection<N> &
  Substitution<X>

type AnyConfig = ConfigFunction | Config
type Name<K> = K & string

/**
 * Plans, computes, checks, commits and publishes one pipeline, and resolves to a handle for each of its nodes. Rejects
 * with `RUN_FAILED` when a node failed or was withheld (what could be committed is), `RUN_ABORTED` after `signal`, and
 * configuration errors before anything ran.
 */
export type RunFn = <
  C extends AnyConfig,
  N extends Name<keyof PipelinesOf<C>>,
  const X extends Replacements = readonly [],
>(
  config: C,
  pipeline: N,
  options?: RunOptions<Name<keyof NodesOf<C, N>>, X>,
) => Promise<Handles<NodesOf<C, N>>>
