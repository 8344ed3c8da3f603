import type { ColumnTable } from 'arquero'
import type { z } from 'zod'
import type { Batch } from '../kernel/columns/batch.ts'
import type { Awaitable, Json } from '../kernel/context.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Logger } from './logger.ts'
import type { Given, Needs } from './plugin.ts'

/** One part of a source: one file, one partition, one cursor range. */
export interface PartRef {
  /** Stable identity, unique in the source: the path of a file relative to the project, a partition value, an offset range. */
  readonly id: string
  /** Changes whenever the content may have changed; equal fingerprints mean equal content. */
  readonly fingerprint: string
  /** A second, cheaper mark (size and time) under which the fingerprint may be reused without reading the part. */
  readonly mark?: string
  readonly rows?: number
  readonly bytes?: number
  /** Whatever `open` needs to find it again. */
  readonly at?: Json
}

/** A row that could not be parsed. It never vanishes: the gate halts or quarantines it with this reason. */
export interface RejectedRow {
  /** Number of the record in its part, counting from 0 over good and bad ones. */
  readonly row: number
  /** Position for people: line counts from 1. */
  readonly line?: number
  readonly column?: number
  readonly byte?: number
  readonly reason: string
  /** As text; bytes that are no text as `base64:...`. */
  readonly raw: string
}

/** What `open` yields: rows as a batch or an Arquero table, or rows that could not be parsed. */
export type SourceChunk = Batch | ColumnTable | { readonly rejected: readonly RejectedRow[] }

export interface OpenRequest {
  /** Read through this schema where it is cheap for the source; the kernel conforms what still differs. */
  readonly schema: TableSchema | undefined
  /** Only these columns are needed. A source may give more; the kernel narrows. */
  readonly columns?: readonly string[]
  readonly batchRows: number
  /**
   * Uniform in [0, 1), seeded by (seed, pipeline, node, part): the same part gets the same numbers in every run, whatever else is opened. Taken
   * from the request, the seed becomes part of the record's key.
   */
  readonly random: () => number
  readonly signal: AbortSignal
}

/** Where a source or target works: `folder` is the folder of the config file, against which relative paths are resolved. */
export interface Place {
  readonly folder: string
  readonly log: Logger
  /** Bytes of memory this part of the run may use. */
  readonly memory: number
  readonly threads: number
  /**
   * Uniform random numbers seeded by (seed, pipeline, node), one stream for the whole source: for use in `create`. What a part holds must not
   * depend on the order in which parts are opened: draw for it from `OpenRequest.random`. `now` as in `Context`.
   */
  readonly random: () => number
  readonly now: Date
  readonly runId: string
}

export interface DescribeRequest {
  readonly signal: AbortSignal
  /** A schema is declared: types that a part does not state by itself (text has none) need not be found out. */
  readonly declared?: boolean
}

export interface Source {
  /** What it reads, for people and lineage: a path or a URL without credentials. */
  readonly location?: string
  /** `complete`: a part that is not listed is gone. `append`: absence means nothing. */
  readonly listing: 'complete' | 'append'
  /** Parts in part order. For `append` listings those after `after`, the cursor of the last commit. */
  discover(request: {
    readonly after?: Json
    readonly known: ReadonlyMap<string, PartRef>
    readonly signal: AbortSignal
  }): AsyncIterable<PartRef>
  /** The physical schema of one part, cheaply (a footer, a header, a sample by stated rule). */
  describe(part: PartRef, request: DescribeRequest): Promise<TableSchema>
  /**
   * The one schema of several parts together, in part order; asked for where no schema is declared. Without it, what the first part says holds for
   * all.
   */
  describeAll?(parts: readonly PartRef[], request: DescribeRequest): Promise<TableSchema>
  /** Batches of the part, in order, in bounded memory. */
  open(part: PartRef, request: OpenRequest): AsyncIterable<SourceChunk>
  close?(): Awaitable<void>
}

/** What `defineSource` makes of its definition; connectors are functions that return nodes over it. */
export interface SourceKind<O extends z.ZodObject = z.ZodObject, N extends Needs = Needs> {
  readonly point: 'source'
  readonly name: string
  readonly options: O
  readonly needs: N
  /** Changes whenever equal options and input would give something else; part of the recipe. For kinds that packages define. */
  readonly version?: string | number
  /** Functions among the options whose code is part of the recipe (a generator's `load`). */
  readonly code?: (options: z.output<O>) => readonly CallableFunction[]
  readonly create: (options: z.output<O>, given: Given<N>, place: Place) => Awaitable<Source>
}
