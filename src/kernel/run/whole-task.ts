import type { StepInput, WholeStep } from '../../plugins/step-kind.ts'
import type { PartRecord } from '../parts/record.ts'
import { conform } from '../schema/conform.ts'
import { declaredSchema } from '../schema/declared.ts'
import { createMetaGiver } from '../schema/meta.ts'
import type { TableSchema } from '../types.ts'
import { blamed, callStep, isTable, resultBatch } from './call-step.ts'
import { stepInput } from './dataset.ts'
import { pull } from './pull.ts'
import type { TaskFrame } from './task-frame.ts'

/** Runs a step over whole tables: one record, keyed by all its inputs. */
export async function runWholeTask(frame: TaskFrame): Promise<Readonly<Record<string, PartRecord>>> {
  const { engine, task, signal } = frame
  const name = task.nodes[0] as string
  const node = frame.node(name)
  const inputs: Record<string, StepInput> = {}
  for (const edge of node.wholes) inputs[edge.name] = stepInput(await frame.dataset(edge), edge.name, signal)
  const own = frame.context(node, 'all')
  const writer = frame.writer(node, 'all')
  const stopwatch = frame.stopwatch(node, undefined)
  const step = (await engine.step(name)) as WholeStep
  const schema = declaredSchema(node.spec.schema, task.schemas[name])
  const result = await callStep(own.context, undefined, stopwatch, () => step.compute(inputs, own.context))
  const chunks =
    isTable(result) || !isIterable(result)
      ? [result]
      : pull(result, (next) => callStep(own.context, undefined, stopwatch, next))
  const giveMeta = createMetaGiver(task.schemas[name])
  let made: TableSchema | undefined
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    const batch = giveMeta(resultBatch(name, chunk, schema))
    made ??= batch.schema
    frame.progress(name, batch.length)
    await blamed(name, () =>
      writer.accept(schema === undefined ? batch : conform(batch, schema, { node: name, nulls: 'leave' })),
    )
  }
  const input = task.parents[name]
  if (input === undefined) throw new Error(`task without the identity of the inputs of ${name}`)
  return {
    [name]: await writer.finish(made ?? schema ?? task.schemas[name] ?? { fields: [] }, own.read(), input, own.files),
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
