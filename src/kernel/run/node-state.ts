import type { NodeStatus } from '../../plugins/events.ts'
import type { PartRef } from '../../plugins/source.ts'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import type { TidegateError } from '../errors.ts'
import type { GraphNode } from '../graph/graph.ts'
import type { Ingredients, PartRecord, Section } from '../parts/record.ts'
import type { TableSchema } from '../types.ts'

/** Identity of one input part of a node, and where its rows are. */
export interface InputPart {
  readonly id: string
  readonly key: string
  readonly content?: string
}

/** What a run knows of one node so far. Changes as the run goes on; one object a node, owned by the coordinator. */
export interface NodeState {
  readonly node: GraphNode
  readonly kept: boolean
  /** Committed before this run, and the attempt that a gate withheld. */
  readonly previous: Section | undefined
  readonly previousPath: string | undefined
  readonly attempt: Section | undefined
  readonly attemptPath: string | undefined
  /** Not looked at: taken as committed (`--from`, `--only`). */
  readonly frozen: boolean
  phase: 'open' | 'settled' | 'withheld' | 'failed' | 'skipped'
  /** In words, for the plan and the report. */
  why: string
  ingredients: Ingredients | undefined
  base: string | undefined
  /** Sources: the listing; others: parts of the streamed input. Undefined while it cannot be known. */
  inputs: readonly InputPart[] | undefined
  /** Settled sections of what its checks look at, by the name of the edge; empty until all of them are settled. */
  others: ReadonlyMap<string, Section>
  listing: readonly PartRef[] | undefined
  arrivals: Readonly<Record<string, number>> | undefined
  removed: readonly string[]
  /** Reuse nothing that was made before this run. */
  readonly full: boolean
  /** Sources: pinned. Others: from the rehearsal, until records say more. */
  schema: TableSchema | undefined
  lineage: readonly ColumnLineage[]
  readonly records: Map<string, PartRecord>
  /** Keys of records that were fused and are made again because their rows are needed now: who reads them sees no change. */
  readonly expected: Map<string, string>
  /** Parts whose records came from before, and those made by this run. */
  readonly reused: Set<string>
  readonly made: Set<string>
  section: Section | undefined
  path: string | undefined
  status: NodeStatus | undefined
  error: TidegateError | undefined
  started: number | undefined
  ended: number | undefined
  bytes: number
}
