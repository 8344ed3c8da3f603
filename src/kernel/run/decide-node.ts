import { askViolation } from '../../hooks/ask.ts'
import type { Check, DatasetRule, Decision } from '../../plugins/check.ts'
import { decideGate } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { historyOf, lastPoint, type Measured, measured } from '../parts/metrics.ts'
import type { CheckOutcome, PartRecord } from '../parts/record.ts'
import { decodeState } from '../parts/state.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import type { Condemned } from './condemn.ts'
import type { Engine } from './engine.ts'
import { factsOf } from './gate-facts.ts'
import type { NodeState } from './node-state.ts'

/** The gate's second question for one node: thresholds and dataset rules, then the hook's phase `fold`. */
export async function decideNode(
  engine: Engine,
  node: string,
  plan: GatePlan,
  records: readonly PartRecord[],
  schema: TableSchema,
  condemned: Pick<Condemned, 'tallies' | 'gone' | 'decided'>,
  state: NodeState,
  snapshot: string,
  signal: AbortSignal,
): Promise<{ readonly checks: readonly CheckOutcome[]; readonly measures: readonly Measured[] }> {
  const tallies = new Map(condemned.tallies)
  for (const record of records) {
    for (const [check, { failed, exempt = 0, verdict }] of Object.entries(record.checks)) {
      const sofar = tallies.get(check)
      const sample = sofar?.sample ?? record.samples[check]
      tallies.set(check, {
        failed: (sofar?.failed ?? 0) + failed,
        exempt: (sofar?.exempt ?? 0) + exempt,
        verdict: failed > 0 || sofar === undefined ? verdict : sofar.verdict,
        ...(sample === undefined ? {} : { sample }),
      })
    }
  }
  for (const record of records) {
    for (const [check, rows] of Object.entries(record.repaired ?? {})) {
      const sofar = tallies.get(check) ?? { failed: 0, verdict: undefined }
      tallies.set(check, { ...sofar, repaired: (sofar.repaired ?? 0) + rows })
    }
  }
  const rows = records.reduce((sum, record) => sum + record.counts.rowsIn, 0)
  const passed = records.reduce((sum, record) => sum + record.counts.rowsOut, 0) - condemned.gone
  const decided = new Map<string, Decision>(condemned.decided)
  const measures: Measured[] = []
  for (const { check } of plan.checks) {
    if (check.rule.scope !== 'dataset') continue
    const values = await measureDataset(engine, check.name, check.rule, records, schema)
    for (const [key, measure] of Object.entries(check.rule.measures)) measures.push(measured(measure, values[key]))
    decided.set(check.name, await decideDataset(engine, state, check, check.rule, values, snapshot, signal))
  }
  const outcomes = decideGate(plan, { rows, gone: rows - passed, tallies, decided })
  const violated = outcomes.filter((outcome) => outcome.failed > 0 || !outcome.pass)
  const answered = new Set<string>()
  for (const outcome of violated) {
    const { graph, settings, events, hooks } = engine
    const span = {
      runId: settings.runId,
      pipeline: graph.pipeline,
      node,
      span: `${settings.runId}/${node}`,
      parent: settings.runId,
    }
    events.emit({
      type: 'check.violated',
      at: settings.now,
      check: outcome.name,
      rows: outcome.failed,
      of: outcome.of,
      verdict: outcome.verdict,
      phase: 'fold',
      ...span,
    })
    const answer = await askViolation(hooks, {
      phase: 'fold',
      pipeline: graph.pipeline,
      node,
      kind: state.node.spec.uses.name,
      runId: settings.runId,
      env: settings.env,
      check: { name: outcome.name, columns: outcome.columns },
      rows: outcome.failed,
      of: outcome.of,
    })
    if (answer !== undefined) answered.add(outcome.name)
  }
  const checks = outcomes.map(
    (outcome): CheckOutcome =>
      answered.has(outcome.name)
        ? {
            ...outcome,
            pass: false,
            verdict: 'halt',
            severity: 'error',
            observed: `${outcome.observed}, and onQualityViolation answered halt`,
          }
        : outcome,
  )
  return { checks, measures }
}

async function measureDataset(
  engine: Engine,
  name: string,
  rule: DatasetRule,
  records: readonly PartRecord[],
  schema: TableSchema,
): Promise<Readonly<Record<string, unknown>>> {
  const values: Record<string, unknown> = {}
  for (const [key, measure] of Object.entries(rule.measures)) {
    const accumulator = measure.create(schema)
    for (const record of records) {
      const fields = measure.create(record.schema).stateFields
      const [state] = await decodeState(
        await engine.store.getBlob(record.measures[`${name}/${key}`] as PartRecord['measures'][string]),
        { fields },
      )
      if (state !== undefined)
        accumulator.merge(conform(state, { fields: accumulator.stateFields }, { nulls: 'leave' }).columns, undefined, 1)
    }
    values[key] = accumulator.finish(1).at(0)
  }
  return values
}

async function decideDataset(
  engine: Engine,
  state: NodeState,
  check: Check,
  rule: DatasetRule,
  values: Readonly<Record<string, unknown>>,
  snapshot: string,
  signal: AbortSignal,
): Promise<Decision> {
  const { store, settings } = engine
  const reads = rule.reads ?? []
  const chunks = state.previous?.metrics ?? []
  const known = reads.includes('history') ? await historyOf(store, chunks, rule.measures) : []
  // What is decided again about the committed snapshot is decided as then: by what came before it and, unless the time counts, by its time.
  const history = known.at(-1)?.snapshot === snapshot ? known.slice(0, -1) : known
  const last = await lastPoint(store, chunks)
  const now = !reads.includes('now') && last?.snapshot === snapshot ? last.at : settings.now
  return rule.decide(values, factsOf(engine, state, check, { now, history, signal }))
}
