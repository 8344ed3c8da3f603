import { askViolation } from '../../hooks/ask.ts'
import type { DatasetRule } from '../../plugins/check.ts'
import { decideGate, type Tally } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import type { CheckOutcome, PartRecord } from '../parts/record.ts'
import { decodeState } from '../parts/state.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'

/** The gate's second question for one node: thresholds and dataset rules, then the hook's phase `fold`. */
export async function decideNode(
  engine: Engine,
  node: string,
  plan: GatePlan,
  records: readonly PartRecord[],
  schema: TableSchema,
  condemned: ReadonlyMap<string, Tally>,
  state: NodeState,
): Promise<readonly CheckOutcome[]> {
  const tallies = new Map(condemned)
  for (const record of records) {
    for (const [check, { failed, verdict }] of Object.entries(record.checks)) {
      const sofar = tallies.get(check)
      const sample = sofar?.sample ?? record.samples[check]
      tallies.set(check, {
        failed: (sofar?.failed ?? 0) + failed,
        verdict,
        ...(sample === undefined ? {} : { sample }),
      })
    }
  }
  const rows = records.reduce((sum, record) => sum + record.counts.rowsIn, 0)
  const decided = new Map<string, { pass: boolean; observed: string }>()
  for (const { check } of plan.checks) {
    if (check.rule.scope === 'dataset')
      decided.set(check.name, await decideDataset(engine, check.name, check.rule, records, schema))
  }
  const outcomes = decideGate(plan, { rows, tallies, decided })
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
  return outcomes.map((outcome) =>
    answered.has(outcome.name)
      ? {
          ...outcome,
          pass: false,
          verdict: 'halt',
          observed: `${outcome.observed}, and onQualityViolation answered halt`,
        }
      : outcome,
  )
}

async function decideDataset(
  engine: Engine,
  name: string,
  rule: DatasetRule,
  records: readonly PartRecord[],
  schema: TableSchema,
) {
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
  return rule.decide(values)
}
