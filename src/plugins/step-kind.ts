import type { ColumnTable } from 'arquero'
import type { z } from 'zod'
import type { Batch } from '../kernel/columns/batch.ts'
import type { Awaitable, Context } from '../kernel/context.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Key, Measure } from './measure.ts'
import type { Given, Needs } from './plugin.ts'

/** One whole input of a step: a committed dataset, read as often as needed, in bounded memory or as one table. */
export interface StepInput {
  readonly schema: TableSchema
  readonly rows: number
  batches(options?: { readonly columns?: readonly string[] }): AsyncIterable<Batch>
  /** All rows as one observed table. */
  table(): Promise<ColumnTable>
}

/** What a step runs in, besides `Context`. */
export interface StepContext extends Context {
  readonly pipeline: string
  readonly node: string
  readonly memory: number
  readonly threads: number
  /**
   * Saves an artifact (a model, metrics, an image) under the node's output `files`, committed together with its rows. For steps over whole tables;
   * a name can be used once. Text is stored as UTF-8.
   */
  readonly saveFile: (name: string, content: Uint8Array | string) => void
  /** An empty local folder for spilling, removed afterwards. */
  readonly scratch: () => Promise<string>
}

/** Where an output column comes from: `input` is the name in `from`/`with` (`from` itself is `''`). */
export interface ColumnSource {
  readonly input: string
  readonly column: string
}

export interface ColumnLineage {
  readonly column: string
  readonly sources: readonly ColumnSource[]
  /** `identity`: passed through or renamed; `derived`: computed; `opaque`: unknown, all inputs are listed. */
  readonly how: 'identity' | 'derived' | 'opaque'
  /** The user's own text of the expression, where there is one. */
  readonly expression?: string
}

/** Sees one batch at a time; parts in and out map one to one. */
export interface RowWiseStep {
  readonly shape: 'row-wise'
  run(batch: ColumnTable, sides: Readonly<Record<string, ColumnTable>>, context: StepContext): Awaitable<ColumnTable>
}

/** Keys and mergeable measures: the engine keeps partials per part and folds them. Output is ordered by key. */
export interface FoldStep {
  readonly shape: 'fold'
  readonly by: Readonly<Record<string, Key>>
  readonly measure: Readonly<Record<string, Measure>>
  readonly buckets?: number
}

/** Sees whole inputs; one record, keyed by all of them. */
export interface WholeStep {
  readonly shape: 'whole'
  compute(
    inputs: Readonly<Record<string, StepInput>>,
    context: StepContext,
  ): Awaitable<ColumnTable | AsyncIterable<Batch | ColumnTable>>
  /** Schema and column lineage without running, where the step can tell (SQL). Throws a `TidegateError` for what cannot work. */
  describe?(
    inputs: Readonly<Record<string, TableSchema>>,
    context: StepContext,
  ): Awaitable<{ readonly schema?: TableSchema; readonly lineage?: readonly ColumnLineage[] }>
  /** The order of rows has a meaning. */
  readonly ordered?: boolean
  /** The step's code is JavaScript over tables, so that the engine rehearses it on empty tables. */
  readonly rehearse?: boolean
}

export type Step = RowWiseStep | FoldStep | WholeStep

/** What `defineStep` makes: the shape of the step is all the engine asks; no kind is known to it by name. */
export interface StepKind<O extends z.ZodObject = z.ZodObject, N extends Needs = Needs> {
  readonly point: 'step'
  readonly name: string
  readonly shape: Step['shape']
  readonly options: O
  readonly needs: N
  /** Changes whenever equal options and input would give something else; part of the recipe. For kinds that packages define. */
  readonly version?: string | number
  /** Functions whose code is part of the recipe. */
  readonly code?: (options: z.output<O>) => readonly CallableFunction[]
  readonly create: (options: z.output<O>, given: Given<N>) => Awaitable<Step>
}
