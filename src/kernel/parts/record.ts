import type { RowVerdict, Severity } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import type { PartRef } from '../../plugins/source.ts'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import type { Json } from '../context.ts'
import type { TableSchema } from '../types.ts'
import type { MetricChunk } from './metrics.ts'

/** Bytes of the workspace that hold rows. `content` is an order-sensitive hash of the rows, whatever the layout. */
export interface StoredData {
  readonly path: string
  readonly format: string
  readonly rows: number
  readonly bytes: number
  readonly content: string
  readonly schema: TableSchema
}

/** Small state that travels inside a record (base64), or large state in a file of its own. */
export type Blob = { readonly inline: string } | { readonly path: string; readonly bytes: number }

export interface CheckCount {
  readonly failed: number
  /** Rows of which the rule does not speak: shares are taken of the others. */
  readonly exempt?: number
  readonly verdict: RowVerdict
}

/** What one node made of one input part. Immutable; addressed by `key`. */
export interface PartRecord {
  readonly version: 1
  readonly pipeline: string
  readonly node: string
  readonly part: string
  /** hash(base, part, input key): what it was made from. */
  readonly recipe: string
  /** The recipe, and what was read beyond it: answers of the hook, `now`, the seed. */
  readonly key: string
  /** Recipe without the input. */
  readonly base: string
  /** Identity of the input part: it is unchanged if either matches. */
  readonly input: { readonly key: string; readonly content?: string }
  /** Answers of the hook for checks in which rows of this part failed. */
  readonly answers: Readonly<Record<string, RowVerdict>>
  /** Run context the code looked at: such a record is not reused under another `now` or seed. */
  readonly read: { readonly now?: number; readonly seed?: number }
  readonly schema: TableSchema
  readonly counts: Counts
  readonly checks: Readonly<Record<string, CheckCount>>
  /** First failing row of each check whose verdict is halt, for the error message. */
  readonly samples: Readonly<Record<string, string>>
  /** States of the measures of dataset rules, `check/measure` to state rows. */
  readonly measures: Readonly<Record<string, Blob>>
  /** Partials of condemning rules, by check. */
  readonly condemn: Readonly<Record<string, Blob>>
  /**
   * Bitmap over the rows of the part; bit 1: the row did not pass the gate. Tells the number in the part of a row that the fold condemns; absent
   * where no check condemns, or all rows passed.
   */
  readonly removed?: Blob
  readonly data?: StoredData
  readonly quarantine?: StoredData
  /** Cells that repairs changed (`repairsSchema`), and the run that changed them. */
  readonly repairs?: StoredData & { readonly runId: string }
  /** By check: rows that failed it as they came, and keep it after repairs. */
  readonly repaired?: Readonly<Record<string, number>>
  /** Artifacts that the code saved, one row each (`filesSchema`). */
  readonly files?: StoredData
  /** Fold steps: partial measures, sorted by the key's hash prefix; `slices` is [prefix, first row, content hash] of each prefix present. */
  readonly partial?: StoredData & { readonly slices: readonly (readonly [number, number, string])[] }
}

/** One part of a snapshot: the record's rows minus the rows that the fold condemned. */
export interface OutputPart {
  readonly record: PartRecord
  /** base64 of a bitmap over the record's passing rows; bit 1: the row is not in the output. */
  readonly condemned?: { readonly bits: string; readonly rows: number }
  /** Condemned rows that went to quarantine, with their reasons, in a file of their own. */
  readonly quarantine?: StoredData
  /** Cells of rows that a rule dropped which says so (`repairsSchema`), and the run that dropped them. */
  readonly repairs?: StoredData & { readonly runId: string }
  /** Rows that people corrected. They entered at this gate: no part of the node's input stands behind them. */
  readonly correction?: true
  readonly aside?: AsideNotes
}

/** What the fold says of a part's rows in quarantine: those that the record set aside, then the condemned ones. */
export interface AsideNotes {
  /** The `_key` of each row, where it is not as the record says: equal rows are numbered, corrected rows keep the key of what they correct. */
  readonly keys?: Blob
  /** base64 of a bitmap; bit 1: a correction stands for the row, which is no longer in quarantine. */
  readonly corrected?: { readonly bits: string; readonly rows: number }
}

/** Rows that people corrected, as they were given: columns of the node and `_key`. An input of the node's gate, after all others. */
export interface Correction {
  /** `corrections:1`, `corrections:2`, ... */
  readonly id: string
  readonly data: StoredData
  readonly runId: string
  /** Epoch milliseconds, UTC. */
  readonly at: number
  readonly by?: string
  /** No run has taken it in yet. */
  readonly pending?: true
}

/**
 * `open`: rejected, and nobody has dealt with it. `corrected`: a correction was given, which the next run takes in. `replayed`: the correction passed
 * the gate and stands for the row. `dismissed`: somebody said that it may stay out. `resolved by new data`: it is no longer rejected.
 */
export type QuarantineStatus = (typeof quarantineStatuses)[number]
export const quarantineStatuses = ['open', 'corrected', 'replayed', 'dismissed', 'resolved by new data'] as const

/** The lives of the rows that a gate rejected. Decisions about data never depend on it. */
export interface QuarantineLives {
  /** One row a key: see `lives.ts`. */
  readonly lives: Blob
  readonly rows: Readonly<Partial<Record<QuarantineStatus, number>>>
}

export interface CheckOutcome {
  readonly name: string
  readonly columns: readonly string[]
  readonly scope: 'row' | 'dataset' | 'condemning'
  readonly verdict: RowVerdict
  readonly failed: number
  /** Rows that failed it as they came, and keep it after repairs: not among `failed`. Absent where there are none. */
  readonly repaired?: number
  /** Rows of which the rule speaks. */
  readonly of: number
  readonly pass: boolean
  /** Absent: `error`. */
  readonly severity?: Severity
  /** In words: "11 of 3,000,000 rows failed, at least 99 % must pass". */
  readonly observed: string
  readonly sample?: string
}

/** Ingredients of the base recipe, so that a change can be explained in words. */
export type Ingredients = Readonly<Record<string, string>>

/** The state of one node in an entry, in a content-addressed file. */
export interface Section {
  readonly version: 1
  readonly pipeline: string
  readonly node: string
  readonly kind: string
  readonly runId: string
  /** Epoch milliseconds, UTC. */
  readonly at: number
  readonly kept: boolean
  readonly base: string
  readonly ingredients: Ingredients
  /** Pinned: parts of other shapes are read through it. */
  readonly schema: TableSchema
  readonly parts: readonly OutputPart[]
  /** Fold steps: records of the input parts. */
  readonly partials?: readonly PartRecord[]
  readonly buckets?: number
  /** Row order has a meaning: `part` (part, then row), `key` (merged by these columns), `none`. */
  readonly order: { readonly by: 'part' | 'none' } | { readonly by: 'key'; readonly columns: readonly string[] }
  /** Sources and targets: what they read or write, for people and lineage. */
  readonly location?: string
  /** Sources: the listing it was made from, and when each part was first seen (1, 2, 3, ...). */
  readonly listing?: readonly PartRef[]
  readonly arrivals?: Readonly<Record<string, number>>
  readonly lineage: readonly ColumnLineage[]
  readonly inputs: Readonly<Record<string, string>>
  readonly counts: Counts
  readonly checks: readonly CheckOutcome[]
  /** What the gate measured in this snapshot and those before it, oldest first: carried from section to section, so that no entry has to stay for it. */
  readonly metrics?: readonly MetricChunk[]
  /** Corrections that people gave, oldest first: carried from section to section. */
  readonly corrections?: readonly Correction[]
  readonly quarantine?: QuarantineLives
  /** Identity of the output's content. */
  readonly snapshot: string
  readonly duration: number
  readonly bytes: number
  /** Targets: what was published. */
  readonly published?: {
    readonly snapshot: string
    readonly rows: number
    readonly bytes: number
    readonly files: readonly string[]
    readonly state?: Json
  }
}

/** The records that a node made of its inputs: for folding nodes partials; corrections have none. */
export function inputRecords(section: Section): readonly PartRecord[] {
  return section.partials ?? section.parts.flatMap(({ record, correction }) => (correction ? [] : [record]))
}

/** One committed state of a pipeline in an environment. Created by put-if-absent, never changed. */
export interface Entry {
  readonly version: 1
  readonly number: number
  readonly runId: string
  readonly env: string
  readonly pipeline: string
  readonly at: number
  /** Section files by node. */
  readonly nodes: Readonly<Record<string, string>>
  /** Section files of attempts that a gate withheld, by node: for people and for quarantine, never read as input. */
  readonly withheld: Readonly<Record<string, string>>
  readonly changed: readonly string[]
}

/** The `files` output of a node: artifacts as rows, so that they are stored, hashed, collected and read like any data. */
export const filesSchema: TableSchema = {
  fields: [
    { name: 'name', type: { kind: 'string' }, nullable: false },
    { name: 'size', type: { kind: 'float', bits: 64 }, nullable: false },
    { name: 'content', type: { kind: 'binary' }, nullable: false },
  ],
}

export const noCounts: Counts = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    rowsIn: a.rowsIn + b.rowsIn,
    rowsOut: a.rowsOut + b.rowsOut,
    quarantined: a.quarantined + b.quarantined,
    dropped: a.dropped + b.dropped,
    warned: a.warned + b.warned,
    ...(a.repaired === undefined && b.repaired === undefined
      ? {}
      : { repaired: (a.repaired ?? 0) + (b.repaired ?? 0) }),
  }
}
