import type { Task, TaskResult } from '../../plugins/executor.ts'
import { loadConfig } from '../config/load-config.ts'
import { TidegateError } from '../errors.ts'
import { createKernel } from '../kernel.ts'
import { createEngine } from './create-engine.ts'
import { pipelineFingerprint } from './ingredients.ts'
import { createPerform } from './perform.ts'

/**
 * What a worker of an executor does with a task it was sent: boots the kernel from the task's config, finds the nodes by name, and makes the
 * records in the shared workspace. Throws `TASK_FINGERPRINT` where the code here is not that of the coordinator.
 */
export async function performTask(
  task: Task,
  options: { readonly signal?: AbortSignal; readonly progress?: (node: string, rows: number) => void } = {},
): Promise<TaskResult> {
  const { module, env } = task.config
  if (module === undefined) {
    throw new TidegateError('CONFIG_NOT_FOUND', `A task of pipeline "${task.pipeline}" names no config to boot from`, {
      hint: 'Only the in-process executor runs configs that were built in memory: put the config into a file.',
    })
  }
  const loaded = await loadConfig({ cwd: process.cwd(), file: module })
  const kernel = await createKernel(loaded.source, { ...loaded, env, pipelines: [task.pipeline] })
  try {
    const engine = createEngine(kernel, { pipeline: task.pipeline, runId: task.runId, now: task.now, env })
    try {
      if (pipelineFingerprint(engine) !== task.fingerprint) {
        throw new TidegateError(
          'TASK_FINGERPRINT',
          `The code of pipeline "${task.pipeline}" here is not that of the run that sent the task`,
          {
            hint: 'Deploy the same version to coordinator and workers.',
            data: { pipeline: task.pipeline, runId: task.runId },
          },
        )
      }
      const result = await createPerform(engine)(
        task,
        options.signal ?? new AbortController().signal,
        options.progress ?? (() => undefined),
      )
      await engine.store.sync()
      return result
    } finally {
      await engine.close()
    }
  } finally {
    await kernel.dispose()
  }
}
