import type { ColumnLineage, RowWiseStep, WholeStep } from '../../plugins/step-kind.ts'
import { toBatch } from '../columns/from-table.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { bindFold } from '../fold/partial.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { refuseReserved, refuseUnknownKey } from '../gate/quarantine.ts'
import { bindGateRepairs, withRepairs } from '../gate/repair-bind.ts'
import { foldLineage } from '../lineage/fold-lineage.ts'
import { rehearse } from '../observed/rehearse.ts'
import { declaredSchema } from '../schema/declared.ts'
import { withInheritedMeta } from '../schema/meta.ts'
import type { TableSchema } from '../types.ts'
import { outputSchema } from './dataset.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import { createStepContext } from './step-context.ts'

/**
 * Finds out, before data is read, what a node's output looks like and where its columns come from: steps of JavaScript are rehearsed on tables
 * without rows, others are asked to describe themselves. Checks and measures are bound to the schema, so that a wrong column is found here.
 */
export async function prepareNode(
  engine: Engine,
  states: ReadonlyMap<string, NodeState>,
  state: NodeState,
  signal: AbortSignal,
): Promise<void> {
  const { node } = state
  if (node.shape === 'target') return
  if (node.shape === 'source') {
    state.lineage = (state.schema ?? { fields: [] }).fields.map(
      ({ name }): ColumnLineage => ({ column: name, sources: [{ input: '', column: name }], how: 'identity' }),
    )
    state.lineage = withRepairs(state.lineage, engine.gates.get(node.name) as GatePlan)
    bindChecks(engine, state)
    return
  }
  const inputs: Record<string, TableSchema> = {}
  for (const edge of node.inputs) {
    if (edge.mode === 'gate') continue
    const parent = states.get(edge.from) as NodeState
    const schema = parent.section?.schema ?? parent.schema
    if (schema === undefined) return
    inputs[edge.name] = outputSchema(schema, edge.output)
  }
  const step = await engine.step(node.name)
  if (step.shape === 'fold') {
    state.schema = named({ node: node.name }, () => bindFold(step, inputs[''] as TableSchema).schema)
    state.lineage = foldLineage(step.by, step.measure)
  } else {
    const found =
      step.shape === 'row-wise'
        ? await rehearseEach(engine, state, step, inputs, signal)
        : await describeWhole(engine, state, step, inputs, signal)
    state.schema = declaredSchema(node.spec.schema, found.schema) ?? found.schema
    state.lineage = found.lineage ?? opaque(state.schema, inputs)
  }
  state.lineage = withRepairs(state.lineage, engine.gates.get(node.name) as GatePlan)
  if (state.schema !== undefined) state.schema = withInheritedMeta(state.schema, state.lineage, inputs)
  bindChecks(engine, state, step.shape === 'fold' ? Object.keys(step.by) : [])
}

interface Found {
  readonly schema: TableSchema | undefined
  readonly lineage: readonly ColumnLineage[] | undefined
}

async function rehearseEach(
  engine: Engine,
  state: NodeState,
  step: RowWiseStep,
  inputs: Readonly<Record<string, TableSchema>>,
  signal: AbortSignal,
): Promise<Found> {
  if (state.node.spec.gate.rehearse === false) return { schema: state.previous?.schema, lineage: undefined }
  const own = contextOf(engine, state, signal)
  const rehearsed = await rehearse(
    state.node.name,
    ({ '': batch, ...sides }) => step.run(batch as never, sides, own.context),
    inputs,
    true,
  )
  return outcome(state, rehearsed)
}

async function describeWhole(
  engine: Engine,
  state: NodeState,
  step: WholeStep,
  inputs: Readonly<Record<string, TableSchema>>,
  signal: AbortSignal,
): Promise<Found> {
  const own = contextOf(engine, state, signal)
  if (step.describe !== undefined) {
    const described = await step.describe(inputs, own.context)
    return { schema: described.schema, lineage: described.lineage }
  }
  if (step.rehearse !== true || state.node.spec.gate.rehearse === false)
    return { schema: state.previous?.schema, lineage: undefined }
  const rehearsed = await rehearse(
    state.node.name,
    (tables) =>
      step.compute(
        Object.fromEntries(
          Object.entries(tables).map(([name, table]) => [
            name,
            { schema: inputs[name] as TableSchema, rows: 0, batches: noBatches, table: async () => table },
          ]),
        ),
        own.context,
      ),
    inputs,
    false,
  )
  return outcome(state, rehearsed)
}

async function* noBatches(): AsyncIterable<never> {}

function outcome(state: NodeState, rehearsed: Awaited<ReturnType<typeof rehearse>>): Found {
  const physical =
    rehearsed.table === undefined
      ? undefined
      : toBatch(rehearsed.table, { node: state.node.name, nulls: 'leave' }).schema
  const schema = declaredSchema(state.node.spec.schema, physical) ?? physical
  return { schema, lineage: rehearsed.lineage }
}

function contextOf(engine: Engine, state: NodeState, signal: AbortSignal) {
  const { settings, graph } = engine
  return createStepContext({
    runId: settings.runId,
    now: settings.now,
    seed: settings.seed,
    pipeline: graph.pipeline,
    node: state.node.name,
    identity: state.node.identity,
    part: 'rehearsal',
    signal,
    memory: settings.memory,
    threads: settings.threads,
    saves: state.node.shape === 'whole',
  })
}

/** What cannot be known is "opaque: all inputs", never nothing. */
function opaque(
  schema: TableSchema | undefined,
  inputs: Readonly<Record<string, TableSchema>>,
): readonly ColumnLineage[] {
  const sources = Object.entries(inputs).flatMap(([input, { fields }]) =>
    fields.map(({ name }) => ({ input, column: name })),
  )
  return (schema?.fields ?? []).map(({ name }) => ({ column: name, sources, how: 'opaque' }))
}

/** Compiles row rules and dataset measures once against the expected schema: a missing column is an error before data is read. */
function bindChecks(engine: Engine, state: NodeState, keys: readonly string[] = []): void {
  const { schema } = state
  const plan = engine.gates.get(state.node.name)
  if (schema === undefined || plan === undefined) return
  bindGateRepairs(state.node.name, plan, schema, keys)
  refuseReserved(state.node.name, plan, schema)
  refuseUnknownKey(state.node.name, plan, schema)
  for (const { check } of plan.checks) {
    named({ node: state.node.name, check: check.name }, () => {
      if (check.rule.scope === 'row') check.rule.compile(schema)
      else if (check.rule.scope === 'condemning') check.rule.collect(schema)
      else for (const measure of Object.values(check.rule.measures)) measure.create(schema)
    })
  }
}

/** Errors of columns that are not there say who asks for them. */
function named<T>(who: { readonly node: string; readonly check?: string }, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!isTidegateError(cause)) throw cause
    const place = `Node "${who.node}"${who.check === undefined ? '' : `, check ${who.check}`}`
    throw new TidegateError(cause.code, `${place}: ${cause.message}`, {
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      data: { ...cause.data, ...who },
      cause,
    })
  }
}
