import type { z } from 'zod'
import type { Batch } from '../kernel/columns/batch.ts'
import type { Awaitable, Json } from '../kernel/context.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Given, Needs } from './plugin.ts'
import type { Place } from './source.ts'

/** One output part of the dataset that is published. */
export interface PublishedPart {
  readonly id: string
  /** Content hash: equal keys mean equal content, so that files of unchanged parts may stay. */
  readonly key: string
  readonly rows: number
  batches(): AsyncIterable<Batch>
}

export interface Publication {
  readonly pipeline: string
  readonly node: string
  /** Identity of the snapshot; publishing the same snapshot again must change nothing. */
  readonly snapshot: string
  readonly schema: TableSchema
  readonly rows: number
  readonly parts: readonly PublishedPart[]
  /** The whole dataset in its reading order (a roll-up merged by key, otherwise parts in order). */
  batches(): AsyncIterable<Batch>
  /** What `publish` returned as `state` last time. */
  readonly previous?: Json
  readonly signal: AbortSignal
}

export interface Published {
  readonly rows: number
  readonly bytes: number
  /** Paths or URLs, for people and lineage. */
  readonly files: readonly string[]
  readonly state?: Json
}

export interface Target {
  /** What a reader can see while publishing: all or nothing, file by file, or rows twice after a crash. Shown in the plan. */
  readonly publish: 'atomic' | 'per-file' | 'at-least-once'
  /** Where it goes, for people. */
  readonly location: string
  commit(publication: Publication): Promise<Published>
  /** False when what was published is no longer there, so that it must be published again although the snapshot did not change. */
  intact?(snapshot: string, previous: Json | undefined): Promise<boolean>
  close?(): Awaitable<void>
}

export interface TargetKind<O extends z.ZodObject = z.ZodObject, N extends Needs = Needs> {
  readonly point: 'target'
  readonly name: string
  readonly options: O
  readonly needs: N
  /** Changes whenever equal options and input would give something else; part of the recipe. For kinds that packages define. */
  readonly version?: string | number
  readonly create: (options: z.output<O>, given: Given<N>, place: Place) => Awaitable<Target>
}
