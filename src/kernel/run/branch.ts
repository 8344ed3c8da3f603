import type { RowWiseStep } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import { createPartialBuilder, foldColumns, type PartialBuilder } from '../fold/partial.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { createRowGate } from '../gate/row-gate.ts'
import type { GraphNode } from '../graph/graph.ts'
import { observe } from '../observed/observe.ts'
import { declaredSchema } from '../schema/declared.ts'
import { createMetaGiver } from '../schema/meta.ts'
import type { TableSchema } from '../types.ts'
import { callStep, resultBatch } from './call-step.ts'
import { compareBatchSizes } from './paranoid.ts'
import type { RecordWriter } from './record-writer.ts'
import type { OwnContext } from './step-context.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { TaskFrame } from './task-frame.ts'

/** One node at work inside a task, and the nodes that take what it lets pass. */
export interface Branch {
  readonly node: GraphNode
  readonly own: OwnContext
  readonly stopwatch: Stopwatch
  /** The node's code, in a context: its own, or a fresh one where a batch is computed out of turn. */
  readonly transform: ((batch: Batch, own: OwnContext) => Promise<Batch>) | undefined
  /** Lets rows through the gate and, where a record is made, writes it. Folding nodes have none. */
  readonly gate: Pick<RecordWriter, 'judge' | 'apply' | 'reject' | 'reads'> | undefined
  readonly writer: RecordWriter | undefined
  readonly partial: PartialBuilder | undefined
  /** Columns that a folding node reads. */
  readonly folds: readonly string[]
  /** Whether its gate looks at rows one by one. */
  readonly rules: boolean
  readonly children: Branch[]
  sink?: (batch: Batch) => Promise<void>
  /** Of what the node's code made. */
  schema: TableSchema | undefined
}

export async function createBranch(frame: TaskFrame, node: GraphNode, part: string): Promise<Branch> {
  const { engine, task } = frame
  const plan = engine.gates.get(node.name) as GatePlan
  const blank = {
    node,
    own: frame.context(node, part),
    stopwatch: frame.stopwatch(node, task.part?.id),
    transform: undefined,
    gate: undefined,
    writer: undefined,
    partial: undefined,
    folds: [],
    rules: plan.checks.some(({ check }) => check.rule.scope === 'row'),
    children: [],
    schema: undefined,
  }
  if (node.shape === 'fold') {
    const fold = await engine.step(node.name)
    if (fold.shape !== 'fold') throw new Error(`${node.name} is no folding step`)
    return { ...blank, partial: createPartialBuilder(node.name, fold), folds: foldColumns(fold) }
  }
  const transform = node.shape === 'row-wise' ? await transformOf(frame, node, blank.stopwatch) : undefined
  if (task.nodes.includes(node.name) && task.bases[node.name] !== undefined) {
    const writer = frame.writer(node, part)
    return { ...blank, transform, gate: writer, writer }
  }
  // Between the input and the nodes that are wanted: rows pass its gate, nothing is written.
  const answers = (check: string) => task.verdicts[`${node.name}/${check}`]
  const gate = createRowGate({ node: node.name, part, plan, answers })
  return {
    ...blank,
    transform,
    gate: {
      judge: gate.judge,
      apply: async (judged) => gate.apply(judged).passed,
      reject: async (rows, schema) => void gate.reject(rows, schema),
      reads: [],
    },
  }
}

async function transformOf(
  frame: TaskFrame,
  node: GraphNode,
  stopwatch: Stopwatch,
): Promise<(batch: Batch, own: OwnContext) => Promise<Batch>> {
  const { engine, task } = frame
  const step = (await engine.step(node.name)) as RowWiseStep
  const sides = await frame.sideTables(node)
  const schema = declaredSchema(node.spec.schema, task.schemas[node.name])
  const giveMeta = createMetaGiver(task.schemas[node.name])
  const part = task.part?.id
  const once = async (batch: Batch, { context }: OwnContext) => {
    const input = observe(batch, { input: '', rowWise: true, node: node.name })
    const result = await callStep(context, part, stopwatch, () => step.run(input, sides, context))
    return giveMeta(resultBatch(node.name, result, schema))
  }
  if (!engine.settings.paranoid && task.paranoid !== true) return once
  return (batch, own) => compareBatchSizes(node.name, batch, (some) => once(some, own))
}
