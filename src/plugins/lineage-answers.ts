import { TidegateError } from '../kernel/errors.ts'
import type { ColumnLineage } from './step-kind.ts'

/** A dataset, or one column of it, as OpenLineage names it. */
export interface LineageSubject {
  readonly namespace: string
  readonly name: string
  readonly column?: string
}

export interface LineageJob {
  readonly namespace: string
  readonly name: string
}

/** The job made `to` from `from`: both are datasets, or both are columns. `how` and `expression` are known of columns only. */
export interface LineageEdge {
  readonly from: LineageSubject
  readonly to: LineageSubject
  readonly job: LineageJob
  readonly how?: ColumnLineage['how']
  readonly expression?: string
}

export interface LineageRange {
  /** How many steps to go; without it, all of them. */
  readonly depth?: number
  /** ISO 8601: what was known at that time; without it, now. */
  readonly until?: string
}

/** One run that wrote the dataset, or tried to. Times are ISO 8601, UTC. */
export interface LineageRun {
  readonly runId: string
  readonly job: LineageJob
  readonly state: 'running' | 'complete' | 'failed' | 'aborted'
  readonly startedAt?: string
  readonly endedAt?: string
  /** The version of the dataset that the run made. */
  readonly version?: string
  readonly rows?: number
  readonly error?: string
}

export interface LineageInput {
  readonly namespace: string
  readonly name: string
  readonly version?: string
}

/** The run whose result was current at a time, and what it had read. */
export interface LineageVersion {
  readonly run: LineageRun
  readonly inputs: readonly LineageInput[]
}

/**
 * What a store may answer by itself, faster than from its events; the kernel answers whatever is missing here. Lists may come in any order: the
 * kernel puts them in order. The meaning is that of the pure functions in the kernel, and the contract suite compares the two.
 *
 * What is current: of each job the last COMPLETE event at or before `until` (by time, then by arrival).
 */
export interface LineageAnswers {
  /** The current edges that lead to the subject, of datasets or of columns as the subject is. */
  upstream(subject: LineageSubject, range: LineageRange): Promise<readonly LineageEdge[]>
  /** The current edges that lead away from it. */
  downstream(subject: LineageSubject, range: LineageRange): Promise<readonly LineageEdge[]>
  /** Runs with an event that names the dataset among its outputs. */
  runs(dataset: LineageSubject): Promise<readonly LineageRun[]>
  /** Undefined while no run had completed the dataset. */
  asOf(dataset: LineageSubject, time: string): Promise<LineageVersion | undefined>
}

/** Epoch milliseconds of an ISO 8601 time. Throws `LINEAGE_FAILED` for what is none. */
export function instantOf(time: string): number {
  const at = Date.parse(time)
  if (Number.isNaN(at)) {
    throw new TidegateError('LINEAGE_FAILED', `"${time}" is not a time`, {
      hint: 'Write it as in ISO 8601: 2026-01-31T12:00:00Z.',
      data: { time },
    })
  }
  return at
}
