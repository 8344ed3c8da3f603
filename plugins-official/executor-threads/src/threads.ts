import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { Events, type Executor, Executor as ExecutorSlot, Logger, provide } from 'tidegate'
import { z } from 'zod'
import { createPool } from './pool.ts'
import type { ThreadSetup } from './thread.ts'

const options = z.object({
  threads: z.int().positive().optional(),
  memory: z
    .string()
    .regex(/^\s*\d+(?:\.\d+)?\s*[mg]i?b\s*$/i, 'write a size such as "512MB" or "2 GiB"')
    .optional(),
})

const made = new WeakMap<Executor, () => Promise<void>>()

/**
 * Runs tasks on worker threads of this process: parts side by side, and the row-local work of one part on threads that have nothing else to do.
 * Results are the same at any number of threads.
 *
 * - `threads`: how many; the number of processors by default. They start when there is something to do.
 * - `memory`: JavaScript heap of each thread, such as `'2GB'`; one that needs more fails its task with `WORKER_CRASHED`.
 *
 * ```ts
 * export default defineConfig(() => ({ pipelines, executor: threads() }))
 * ```
 */
export const threads = provide(ExecutorSlot, {
  name: 'tidegate/threads',
  options,
  needs: { log: Logger, events: Events },
  create: ({ threads: size = availableParallelism(), memory }, { log, events }) => {
    const pool = createPool(size, setupOf(size, memory), { log, event: events.emit })
    let said = false
    const executor: Executor = {
      concurrency: size,
      submit(task, perform, signal, progress) {
        if (task.config.module !== undefined) return pool.submit(task, signal, progress)
        if (!said)
          log.warn('the config stands in no file that threads could load: its tasks run on the main thread, one by one')
        said = true
        return perform(task, signal, progress)
      },
    }
    made.set(executor, pool.close)
    return executor
  },
  dispose: (executor) => made.get(executor)?.(),
})

function setupOf(share: number, memory: string | undefined): ThreadSetup {
  const source = import.meta.url.endsWith('.ts')
  return {
    module: source ? fromSource(new URL('./worker.ts', import.meta.url)) : new URL('./worker.js', import.meta.url),
    execArgv: source ? ['-C', 'tidegate-source'] : undefined,
    data: { share },
    heap: memory === undefined ? undefined : megabytesOf(memory),
  }
}

/** A module that runs one of TypeScript: a thread does not inherit the loader of this process, whichever that is. */
export function fromSource(module: URL): URL {
  // Its CommonJS form, which `require` finds, cannot register itself from a thread.
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  ).href
  return new URL(
    `data:text/javascript,${encodeURIComponent(`import { register } from '${tsx}'; register(); await import('${module.href}')`)}`,
  )
}

function megabytesOf(size: string): number {
  const [, amount = '0', unit = 'm', binary = ''] = /^\s*([\d.]+)\s*([mg])(i?)b/i.exec(size) ?? []
  const step = binary === '' ? 1000 : 1024
  const bytes = Number(amount) * step ** (unit.toLowerCase() === 'g' ? 3 : 2)
  return Math.max(16, Math.round(bytes / 2 ** 20))
}
