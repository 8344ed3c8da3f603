import type { Batch } from '../columns/batch.ts'
import { columnOf } from '../columns/batch.ts'
import { type Life, readLives } from '../corrections/lives.ts'
import { statusCounts, storyRows, storySchema } from '../corrections/rows.ts'
import type { Kernel } from '../kernel.ts'
import type { QuarantineStatus, Section } from '../parts/record.ts'
import { type Dataset, openOutput } from '../run/dataset.ts'
import type { TableSchema } from '../types.ts'
import { type Committed, withCommitted } from './committed.ts'
import type { NodeAddress } from './find-node.ts'
import { firstRows } from './first-rows.ts'
import { reasonsOf } from './reasons.ts'
import { taggedQuarantine, taggedSchema } from './tagged-schema.ts'

export interface ReasonCount {
  /** Name of a check, or why rows could not be parsed. */
  readonly reason: string
  readonly rows: number
}

/** The rows one gate has set aside: in the committed state, or in the last attempt that it withheld. */
export interface QuarantineView {
  readonly pipeline: string
  readonly node: string
  readonly state: 'committed' | 'withheld'
  /** Epoch milliseconds, UTC. */
  readonly at: number
  readonly rows: number
  /** Of how many rows that entered the gate. */
  readonly of: number
  /** How many rows have each status, also rows that are no longer in quarantine. */
  readonly status: Readonly<Record<QuarantineStatus, number>>
  /** Most frequent first. A row with several reasons counts for each. */
  readonly reasons: readonly ReasonCount[]
}

/** Every node that has rows in quarantine, or rows whose corrections stand, in the order of the pipeline. */
export function listQuarantine(
  kernel: Kernel,
  pipeline: string,
  signal: AbortSignal,
): Promise<readonly QuarantineView[]> {
  return withCommitted(kernel, pipeline, async (committed) => {
    const views: QuarantineView[] = []
    for (const node of committed.states.keys()) {
      for (const found of sectionsOf(committed, node)) {
        const view = await viewOf(committed, found, signal)
        if (view.rows > 0 || view.status.replayed + view.status.corrected > 0) views.push(view)
      }
    }
    return views
  })
}

export interface QuarantineRows {
  /** Undefined when no row is in quarantine. */
  readonly view: QuarantineView | undefined
  readonly schema: TableSchema
  readonly sample: Batch | undefined
}

/** Which rows are meant: without statuses those that are in quarantine, whatever was decided about them. */
export interface RowSelection {
  readonly status?: readonly QuarantineStatus[] | undefined
  readonly keys?: readonly string[] | undefined
  /** Only rows in whose reasons this text occurs. */
  readonly reason?: string | undefined
}

/** What the gate of one node rejected, of the withheld attempt if there is one, else of the committed state. */
export interface OpenedQuarantine {
  readonly view: QuarantineView
  /** Columns of the node, what quarantine puts beside them, and the life of each row; tagged as the columns they were made from. */
  readonly schema: TableSchema
  rows(): AsyncIterable<Batch>
}

/** Opens the quarantine of a node for as long as `act` takes. `act` gets nothing where no row ever was there. */
export function withQuarantine<T>(
  kernel: Kernel,
  address: NodeAddress,
  selection: RowSelection,
  signal: AbortSignal,
  act: (opened: OpenedQuarantine | undefined) => Promise<T>,
): Promise<T> {
  return withCommitted(kernel, address.pipeline, async (committed) => {
    const [found] = sectionsOf(committed, address.node)
    if (found === undefined) return act(undefined)
    const { store } = committed.engine
    const lives = await readLives(store, found.section.quarantine)
    const own = taggedSchema(committed.states, found.section)
    const schema = taggedQuarantine(storySchema(found.section), own)
    const rows = () => storyRows(store, found.section, lives, selected(selection), signal)
    return act({ view: await viewOf(committed, found, signal), schema, rows: () => through(rows(), schema) })
  })
}

async function* through(batches: AsyncIterable<Batch>, schema: TableSchema): AsyncIterable<Batch> {
  for await (const batch of batches) yield { ...batch, schema }
}

function selected({ status, keys, reason }: RowSelection): (life: Life, key: string) => boolean {
  const among = keys === undefined ? undefined : new Set(keys)
  return (life, key) =>
    (status === undefined ? life.last === undefined && life.status !== 'replayed' : status.includes(life.status)) &&
    (among?.has(key) ?? true) &&
    (reason === undefined || life.reasons.includes(reason))
}

export interface QuarantineRows {
  /** Undefined when no row was ever in quarantine. */
  readonly view: QuarantineView | undefined
  readonly schema: TableSchema
  readonly sample: Batch | undefined
}

/** The first rows of a selection, with their status and when they were seen first and last. */
export function readQuarantine(
  kernel: Kernel,
  address: NodeAddress,
  options: RowSelection & { readonly rows: number; readonly signal: AbortSignal },
): Promise<QuarantineRows> {
  return withQuarantine(kernel, address, options, options.signal, async (opened) => {
    if (opened === undefined) return { view: undefined, schema: { fields: [] }, sample: undefined }
    const { view, schema } = opened
    return { view, schema, sample: await firstRows(opened.rows(), schema, options.rows) }
  })
}

interface Found {
  readonly section: Section
  readonly state: QuarantineView['state']
}

/** What was withheld comes first: it is what somebody has to look at. */
function sectionsOf({ states }: Committed, node: string): readonly Found[] {
  const state = states.get(node)
  const found: Found[] = []
  if (state?.attempt !== undefined) found.push({ section: state.attempt, state: 'withheld' })
  if (state?.section !== undefined) found.push({ section: state.section, state: 'committed' })
  return found.filter(({ section }) => section.counts.quarantined > 0 || section.quarantine !== undefined)
}

async function viewOf({ engine }: Committed, { section, state }: Found, signal: AbortSignal): Promise<QuarantineView> {
  const { pipeline, node, at, counts, checks } = section
  const reasons = await countReasons(
    openOutput(engine.store, section, 'quarantine'),
    checks.map(({ name }) => name),
    signal,
  )
  return {
    pipeline,
    node,
    state,
    at,
    rows: counts.quarantined,
    of: counts.rowsIn,
    status: statusCounts(section),
    reasons,
  }
}

async function countReasons(
  dataset: Dataset,
  checks: readonly string[],
  signal: AbortSignal,
): Promise<readonly ReasonCount[]> {
  const texts = new Map<string, number>()
  for await (const batch of dataset.batches({ columns: ['_reasons'], signal })) {
    const column = columnOf(batch, '_reasons')
    for (let row = 0; row < batch.length; row++) {
      const text = String(column?.at(row))
      texts.set(text, (texts.get(text) ?? 0) + 1)
    }
  }
  const counts = new Map<string, number>()
  for (const [text, rows] of texts)
    for (const reason of reasonsOf(text, checks)) counts.set(reason, (counts.get(reason) ?? 0) + rows)
  return [...counts]
    .map(([reason, rows]) => ({ reason, rows }))
    .sort((a, b) => b.rows - a.rows || (a.reason < b.reason ? -1 : 1))
}
