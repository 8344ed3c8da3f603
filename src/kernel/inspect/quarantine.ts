import type { Batch } from '../columns/batch.ts'
import { columnOf, takeBatch } from '../columns/batch.ts'
import type { Kernel } from '../kernel.ts'
import type { Section } from '../parts/record.ts'
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
  /** Most frequent first. A row with several reasons counts for each. */
  readonly reasons: readonly ReasonCount[]
}

/** Every node that has rows in quarantine, in the order of the pipeline. */
export function listQuarantine(
  kernel: Kernel,
  pipeline: string,
  signal: AbortSignal,
): Promise<readonly QuarantineView[]> {
  return withCommitted(kernel, pipeline, async (committed) => {
    const views: QuarantineView[] = []
    for (const node of committed.states.keys()) {
      for (const found of sectionsOf(committed, node)) views.push(await viewOf(committed, found, signal))
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

/**
 * The first rows that a gate set aside, of the withheld attempt if there is one, else of the committed state. With `reason` only rows in whose
 * reasons that text occurs.
 */
export function readQuarantine(
  kernel: Kernel,
  address: NodeAddress,
  options: { readonly rows: number; readonly reason?: string | undefined; readonly signal: AbortSignal },
): Promise<QuarantineRows> {
  return withCommitted(kernel, address.pipeline, async (committed) => {
    const [found] = sectionsOf(committed, address.node)
    if (found === undefined) return { view: undefined, schema: { fields: [] }, sample: undefined }
    const dataset = openOutput(committed.engine.store, found.section, 'quarantine')
    const batches = dataset.batches({ signal: options.signal })
    const sample = await firstRows(
      options.reason === undefined ? batches : withReason(batches, options.reason),
      dataset.schema,
      options.rows,
    )
    const schema = taggedQuarantine(dataset.schema, taggedSchema(committed.states, found.section))
    return { view: await viewOf(committed, found, options.signal), schema, sample: { ...sample, schema } }
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
  return found.filter(({ section }) => section.counts.quarantined > 0)
}

async function viewOf({ engine }: Committed, { section, state }: Found, signal: AbortSignal): Promise<QuarantineView> {
  const { pipeline, node, at, counts, checks } = section
  const reasons = await countReasons(
    openOutput(engine.store, section, 'quarantine'),
    checks.map(({ name }) => name),
    signal,
  )
  return { pipeline, node, state, at, rows: counts.quarantined, of: counts.rowsIn, reasons }
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

async function* withReason(batches: AsyncIterable<Batch>, reason: string): AsyncIterable<Batch> {
  for await (const batch of batches) {
    const column = columnOf(batch, '_reasons')
    const rows: number[] = []
    for (let row = 0; row < batch.length; row++) if (String(column?.at(row)).includes(reason)) rows.push(row)
    if (rows.length > 0) yield takeBatch(batch, Int32Array.from(rows))
  }
}
