import type { Executor } from '../executor.ts'

/** Runs tasks in this process; `concurrency` of them overlap wherever they wait for files or engines. */
export function createInProcessExecutor(options: { readonly concurrency: number }): Executor {
  return {
    concurrency: options.concurrency,
    submit: (task, perform, signal, progress) => perform(task, signal, progress),
  }
}
