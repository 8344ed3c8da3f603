import type { Severity } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import { columnOf } from '../columns/batch.ts'
import type { Log } from '../commit/log.ts'
import { display } from '../display.ts'
import { TidegateError } from '../errors.ts'
import type { Kernel } from '../kernel.ts'
import { type MetricPoint, readPoints } from '../parts/metrics.ts'
import type { CheckOutcome, Entry, QuarantineStatus, Section } from '../parts/record.ts'
import { openOutput } from '../run/dataset.ts'
import type { NodeState } from '../run/node-state.ts'
import { wiringOf } from '../run/settle.ts'
import { showThresholds } from '../threshold.ts'
import type { TableSchema } from '../types.ts'
import { type Committed, withCommitted } from './committed.ts'
import { type HistoryEntry, nodeHistory } from './history.ts'
import { reasonsOf } from './reasons.ts'
import { taggedQuarantine, taggedSchema } from './tagged-schema.ts'

/** What one state of a pipeline says to people: what was checked, what failed with sample rows, and how it went before. Cells are texts, tagged ones masked. */
export interface RunReport {
  readonly env: string
  readonly pipeline: string
  /** The entry that is told of; undefined before the first commit. Times are epoch milliseconds, UTC. */
  readonly entry: { readonly number: number; readonly at: number; readonly runId: string } | undefined
  /** In topological order. */
  readonly nodes: readonly NodeReport[]
}

export interface NodeReport {
  readonly node: string
  readonly kind: string
  readonly shape: NodeState['node']['shape']
  /** `withheld`: the state told of is an attempt that the gate stopped. `empty`: nothing has been made yet. */
  readonly status: 'committed' | 'published' | 'withheld' | 'empty'
  /** Inputs by the names under which the node knows them. */
  readonly inputs: Readonly<Record<string, string>>
  /** When its state was made, and by which run. */
  readonly at: number | undefined
  readonly runId: string | undefined
  readonly counts: Counts
  readonly schema: TableSchema
  readonly checks: readonly CheckReport[]
  /** Entries that changed it, newest first. */
  readonly history: readonly HistoryEntry[]
  /** What its gate measured in each committed snapshot, oldest first: rows, failed rows of each check, measures. */
  readonly trend: readonly MetricPoint[]
  /** Rows in quarantine by what became of them. */
  readonly lives: Readonly<Partial<Record<QuarantineStatus, number>>>
  /** Targets: what was published. */
  readonly published: Section['published']
}

export interface CheckReport {
  readonly name: string
  readonly columns: readonly string[]
  readonly scope: CheckOutcome['scope']
  readonly verdict: CheckOutcome['verdict']
  readonly severity: Severity
  readonly pass: boolean
  readonly failed: number
  readonly of: number
  readonly observed: string
  /** `at least 99 %`; empty where there is none. */
  readonly threshold: string
  /** The first row that failed, in words, whatever became of it. */
  readonly sample?: string
  /** The first rows that were set aside because of it. */
  readonly samples: SampleRows | undefined
}

/** Titles, and rows of texts. */
export interface SampleRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** At most so many rows in quarantine are looked through for samples. */
const LOOKED_THROUGH = 100_000

/** Reads what a report of the current state of a pipeline tells. `samples` rows a check; nothing is run. */
export function readRunReport(
  kernel: Kernel,
  pipeline: string,
  options: {
    readonly samples: number
    readonly entries: number
    /** Id of a run, or number of an entry; default: the current entry. Throws `RUN_UNKNOWN` where no kept entry is of that run. */
    readonly run?: string | undefined
    readonly signal: AbortSignal
  },
): Promise<RunReport> {
  const report = async (committed: Committed): Promise<RunReport> => {
    const { entry, states } = committed
    const nodes: NodeReport[] = []
    for (const state of states.values()) nodes.push(await nodeReport(committed, state, options))
    return {
      env: kernel.env,
      pipeline,
      entry: entry === undefined ? undefined : { number: entry.number, at: entry.at, runId: entry.runId },
      nodes,
    }
  }
  const { run } = options
  return run === undefined
    ? withCommitted(kernel, pipeline, report)
    : withCommitted(kernel, pipeline, report, (log) => entryOfRun(log, run))
}

/** The newest entry that a run made, or the entry of that number. */
async function entryOfRun(log: Log, run: string): Promise<Entry> {
  const numbers = await log.numbers()
  for (const number of numbers) {
    const entry = await log.entry(number)
    if (entry !== undefined && (entry.runId === run || String(number) === run)) return entry
  }
  throw new TidegateError('RUN_UNKNOWN', `No entry that is kept is of the run "${run}"`, {
    hint: `Kept are the entries ${numbers.join(', ')}: \`tidegate show <node>\` tells their runs.`,
    data: { run },
  })
}

async function nodeReport(
  committed: Committed,
  state: NodeState,
  { samples, entries, signal }: { readonly samples: number; readonly entries: number; readonly signal: AbortSignal },
): Promise<NodeReport> {
  const { engine, log, states } = committed
  const { node } = state
  const section = state.attempt ?? state.section
  const base = { node: node.name, kind: node.spec.uses.name, shape: node.shape, inputs: wiringOf(node) }
  const history = await nodeHistory(log, engine.store, node.name, entries)
  if (section === undefined) {
    const counts = { rowsIn: 0, rowsOut: 0, quarantined: 0, dropped: 0, warned: 0 }
    const none = { at: undefined, runId: undefined, published: undefined }
    const nothing = { counts, schema: { fields: [] }, checks: [], history, trend: [], lives: {} }
    return { ...base, ...none, ...nothing, status: 'empty' }
  }
  const plan = new Map(engine.gates.get(node.name)?.checks.map(({ check }) => [check.name, check] as const))
  const found = samples === 0 ? new Map() : await sampleRows(committed, section, samples, signal)
  return {
    ...base,
    status: state.attempt !== undefined ? 'withheld' : section.published === undefined ? 'committed' : 'published',
    at: section.at,
    runId: section.runId,
    counts: section.counts,
    schema: taggedSchema(states, section),
    checks: section.checks.map(({ severity = 'error', ...check }) => ({
      ...check,
      severity,
      threshold: showThresholds(plan.get(check.name) ?? {}),
      samples: found.get(check.name),
    })),
    history,
    trend: (await readPoints(engine.store, section.metrics ?? [])).slice(-entries),
    lives: section.quarantine?.rows ?? {},
    published: section.published,
  }
}

/** The first rows in quarantine for each reason. */
async function sampleRows(
  { engine, states }: Committed,
  section: Section,
  most: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SampleRows>> {
  const found = new Map<string, { columns: string[]; rows: string[][] }>()
  if (section.counts.quarantined === 0) return found
  const dataset = openOutput(engine.store, section, 'quarantine')
  const schema = taggedQuarantine(dataset.schema, taggedSchema(states, section))
  const names = section.checks.map(({ name }) => name)
  const wanted = new Set(section.checks.flatMap(({ name, failed }) => (failed > 0 ? [name] : [])))
  const shown = schema.fields.filter(({ name }) => !name.startsWith('_') || name === '_raw')
  let looked = 0
  for await (const batch of dataset.batches({ signal })) {
    const reasons = columnOf(batch, '_reasons')
    for (let row = 0; row < batch.length && wanted.size > 0; row++) {
      // What is no check is why a row could not be parsed.
      const own = reasonsOf(String(reasons?.at(row)), names).map((reason) =>
        names.includes(reason) ? reason : 'parse',
      )
      for (const name of new Set(own)) {
        if (!wanted.has(name)) continue
        const rows = found.get(name)?.rows ?? []
        const place = ['_part', '_row', '_reasons'].map((column) => String(columnOf(batch, column)?.at(row)))
        rows.push([...place, ...shown.map((field) => display(columnOf(batch, field.name)?.at(row), field))])
        found.set(name, { columns: ['part', 'row', 'reasons', ...shown.map((field) => field.name)], rows })
        if (rows.length >= most) wanted.delete(name)
      }
    }
    looked += batch.length
    if (wanted.size === 0 || looked >= LOOKED_THROUGH) break
  }
  for (const [name, sample] of found)
    leaveOutEmpty(sample, section.checks.find((check) => check.name === name)?.columns ?? [])
  return found
}

/** Columns in which no row of the sample has anything, and that the check does not look at. */
function leaveOutEmpty(sample: { columns: string[]; rows: string[][] }, checked: readonly string[]): void {
  const kept = sample.columns.map(
    (column, i) => i < 3 || checked.includes(column) || sample.rows.some((row) => row[i] !== 'null'),
  )
  sample.columns = sample.columns.filter((_, i) => kept[i])
  sample.rows = sample.rows.map((row) => row.filter((_, i) => kept[i]))
}
