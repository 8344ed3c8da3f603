import type { RowWiseStep } from '../../plugins/step-kind.ts'
import type { Batch } from '../columns/batch.ts'
import { createPartialBuilder, type PartialBuilder } from '../fold/partial.ts'
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
import type { TaskFrame } from './task-frame.ts'

/** One node at work inside a task, and the nodes that take what it lets pass. */
export interface Branch {
  readonly node: GraphNode
  readonly own: OwnContext
  readonly transform: ((batch: Batch) => Promise<Batch>) | undefined
  /** Lets rows through the gate and, where a record is made, writes it. */
  readonly gate: Pick<RecordWriter, 'accept' | 'reject'> | undefined
  readonly writer: RecordWriter | undefined
  readonly partial: PartialBuilder | undefined
  readonly children: Branch[]
  sink?: (batch: Batch) => Promise<void>
  /** Of what the node's code made. */
  schema: TableSchema | undefined
}

export async function createBranch(frame: TaskFrame, node: GraphNode, part: string): Promise<Branch> {
  const { engine, task } = frame
  const blank = {
    node,
    own: frame.context(node, part),
    transform: undefined,
    gate: undefined,
    writer: undefined,
    partial: undefined,
    children: [],
    schema: undefined,
  }
  if (node.shape === 'fold') {
    const fold = await engine.step(node.name)
    if (fold.shape !== 'fold') throw new Error(`${node.name} is no folding step`)
    return { ...blank, partial: createPartialBuilder(node.name, fold) }
  }
  const transform = node.shape === 'row-wise' ? await transformOf(frame, node, blank.own) : undefined
  if (task.nodes.includes(node.name) && task.bases[node.name] !== undefined) {
    const writer = frame.writer(node, part)
    return { ...blank, transform, gate: writer, writer }
  }
  // Between the input and the nodes that are wanted: rows pass its gate, nothing is written.
  const answers = (check: string) => task.verdicts[`${node.name}/${check}`]
  const gate = createRowGate({ node: node.name, part, plan: engine.gates.get(node.name) as GatePlan, answers })
  return {
    ...blank,
    transform,
    gate: {
      accept: async (batch) => gate.pass(batch).passed,
      reject: async (rows, schema) => void gate.reject(rows, schema),
    },
  }
}

async function transformOf(
  frame: TaskFrame,
  node: GraphNode,
  own: OwnContext,
): Promise<(batch: Batch) => Promise<Batch>> {
  const { engine, task } = frame
  const step = (await engine.step(node.name)) as RowWiseStep
  const sides = await frame.sideTables(node)
  const schema = declaredSchema(node.spec.schema, task.schemas[node.name])
  const giveMeta = createMetaGiver(task.schemas[node.name])
  const part = task.part?.id
  const stopwatch = frame.stopwatch(node, part)
  const once = async (batch: Batch) => {
    const input = observe(batch, { input: '', rowWise: true, node: node.name })
    const result = await callStep(own.context, part, stopwatch, () => step.run(input, sides, own.context))
    return giveMeta(resultBatch(node.name, result, schema))
  }
  return engine.settings.paranoid ? (batch) => compareBatchSizes(node.name, batch, once) : once
}

/** One batch through one node: its code, then its gate. Nothing goes on from a folding node. */
export async function advance(branch: Branch, batch: Batch): Promise<Batch | undefined> {
  if (branch.partial !== undefined) {
    branch.partial.add(batch)
    return undefined
  }
  const made = branch.transform === undefined ? batch : await branch.transform(batch)
  branch.schema ??= made.schema
  return (await branch.gate?.accept(made)) ?? made
}
