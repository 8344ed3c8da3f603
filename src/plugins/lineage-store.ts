import type { Json } from '../kernel/context.ts'
import { createToken } from '../kernel/token.ts'
import type { LineageAnswers } from './lineage-answers.ts'

/**
 * One OpenLineage run event (spec 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json): `run.runId` is a UUID, `eventTime` ISO 8601 UTC,
 * datasets are (namespace, name). Facets used: schema, columnLineage, outputStatistics, dataQualityAssertions, version, errorMessage, parent.
 */
export interface LineageEvent {
  readonly eventType: 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT'
  readonly eventTime: string
  readonly run: { readonly runId: string; readonly facets?: Readonly<Record<string, Json>> }
  readonly job: { readonly namespace: string; readonly name: string; readonly facets?: Readonly<Record<string, Json>> }
  readonly inputs: readonly LineageDataset[]
  readonly outputs: readonly LineageDataset[]
  readonly producer: string
  readonly schemaURL: string
}

export interface LineageDataset {
  readonly namespace: string
  readonly name: string
  readonly facets?: Readonly<Record<string, Json>>
  readonly inputFacets?: Readonly<Record<string, Json>>
  readonly outputFacets?: Readonly<Record<string, Json>>
}

export interface LineageFilter {
  /** Of the job and the dataset that are asked for, or where neither is, of the job. */
  readonly namespace?: string
  readonly job?: string
  /** Among the inputs or the outputs. */
  readonly dataset?: string
  readonly runId?: string
  /** ISO 8601; events with `eventTime` at or before it. */
  readonly until?: string
}

/** Two methods are enough: the kernel answers every question from these; a store may answer faster by `answers`. */
export interface LineageStore {
  /** Whole or not at all; an event that is there already (the same JSON text) is not stored again. */
  append(event: LineageEvent): Promise<void>
  /** Several at once, all or none; without it they are appended one by one. */
  appendAll?(events: readonly LineageEvent[]): Promise<void>
  /** In order of arrival; what matches all of the filter. */
  events(filter?: LineageFilter): AsyncIterable<LineageEvent>
  readonly answers?: Partial<LineageAnswers>
  close?(): Promise<void>
}

export const LineageStore = createToken<LineageStore>('tidegate/LineageStore')
