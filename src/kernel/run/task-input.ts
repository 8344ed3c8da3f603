import type { TaskPart } from '../../plugins/executor.ts'
import type { PartRef, RejectedRow } from '../../plugins/source.ts'
import type { Batch } from '../columns/batch.ts'
import type { OutputName } from '../node.ts'
import type { OutputPart } from '../parts/record.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import { isBatch, isTable, resultBatch } from './call-step.ts'
import { readOutput } from './dataset.ts'
import { pull } from './pull.ts'
import type { OwnContext } from './step-context.ts'
import type { TaskFrame } from './task-frame.ts'

/** Rows that a source could not parse. */
export interface Rejected {
  readonly rejected: readonly RejectedRow[]
}

/**
 * The rows of a task's input part, read through the pinned schema: from the source, or from what was stored. `reader` is the run context of the node
 * that is read: what a source looks at of it becomes part of its record.
 */
export function openInput(frame: TaskFrame, part: TaskPart, reader: OwnContext): AsyncIterable<Batch | Rejected> {
  if (part.ref !== undefined) return fromSource(frame, part, part.ref, reader)
  const stored = part.stored as NonNullable<TaskPart['stored']>
  // Made by the coordinator from an `OutputPart`; it is JSON on its way here.
  const own = stored.part as unknown as OutputPart
  return conformed(
    readOutput(frame.engine.store, own, part.output as OutputName, { signal: frame.signal }),
    stored.schema,
    part,
  )
}

async function* fromSource(
  frame: TaskFrame,
  part: TaskPart,
  ref: PartRef,
  reader: OwnContext,
): AsyncIterable<Batch | Rejected> {
  const { engine, task, signal } = frame
  const { source } = await engine.source(part.node)
  const schema = task.schemas[part.node]
  const stopwatch = frame.stopwatch(frame.node(part.node), part.id)
  const chunks = source.open(ref, {
    schema,
    batchRows: engine.settings.batchRows,
    signal,
    get random() {
      return reader.context.random
    },
  })
  for await (const chunk of pull(chunks, stopwatch.race)) {
    if (isTable(chunk)) yield through(resultBatch(part.node, chunk, undefined), schema, part)
    else if (isBatch(chunk)) yield through(chunk, schema, part)
    else yield chunk as Rejected
  }
}

async function* conformed(batches: AsyncIterable<Batch>, schema: TableSchema, part: TaskPart): AsyncIterable<Batch> {
  for await (const batch of batches) yield through(batch, schema, part)
}

function through(batch: Batch, schema: TableSchema | undefined, part: TaskPart): Batch {
  return schema === undefined ? batch : conform(batch, schema, { node: part.node, part: part.id, nulls: 'leave' })
}
