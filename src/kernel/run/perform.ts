import type { Perform, Task, TaskPart } from '../../plugins/executor.ts'
import type { Batch } from '../columns/batch.ts'
import type { Json } from '../context.ts'
import { Undecided } from '../gate/row-gate.ts'
import type { Engine } from './engine.ts'
import { runStreamTask, streamTo } from './stream-task.ts'
import { createTaskFrame, type TaskPlace } from './task-frame.ts'
import { runWholeTask } from './whole-task.ts'

/** The in-process way to run tasks of one engine. They share side tables. `given` says where else than in this process they are. */
export function createPerform(engine: Engine, given?: TaskPlace): Perform {
  const place = given ?? { sides: new Map(), rowLocal: engine.executor.rowLocal }
  return async (task, signal, progress) => {
    const frame = createTaskFrame(engine, task, signal, progress, place)
    try {
      const records = task.part === undefined ? await runWholeTask(frame) : await runStreamTask(frame, task.part)
      // Records are JSON by their type's making.
      return { done: true, records: records as unknown as Readonly<Record<string, Json>> }
    } catch (error) {
      await frame.abort()
      if (error instanceof Undecided) return { done: false, undecided: [{ node: error.node, check: error.check }] }
      throw error
    } finally {
      await frame.dispose()
    }
  }
}

/** Streams the rows of one node for one part without recording anything: how a fused node is read. */
export async function streamNode(
  engine: Engine,
  task: Task,
  node: string,
  signal: AbortSignal,
  sink: (batch: Batch) => Promise<void>,
): Promise<void> {
  const frame = createTaskFrame(engine, task, signal, () => undefined, { sides: new Map() })
  try {
    await streamTo(frame, task.part as TaskPart, node, sink)
  } finally {
    await frame.dispose()
  }
}
