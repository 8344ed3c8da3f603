import { StorageStrategy } from '../../plugins/storage-strategy.ts'
import { Workspace } from '../../plugins/workspace.ts'
import { collectGarbage, type Garbage } from '../commit/gc.ts'
import { takeGarbageLock } from '../commit/lock.ts'
import { createRunId, wallClock } from '../context.ts'
import type { Kernel } from '../kernel.ts'
import { createStore } from '../parts/store.ts'

export interface GarbageRequest {
  /** Entries of each log that stay; by default as the config's `retain` says. */
  readonly entries?: number | undefined
  /** Milliseconds: younger garbage stays. */
  readonly grace?: number | undefined
  /** Count, and delete nothing: allowed beside a run. */
  readonly dryRun?: boolean | undefined
}

/**
 * Deletes what nothing reaches any more, in all pipelines and environments. Throws `WORKSPACE_BUSY` while a run or another collection is at work;
 * a run that starts meanwhile waits until it is done.
 */
export async function collectKernelGarbage(kernel: Kernel, request: GarbageRequest): Promise<Garbage> {
  const { retain, durability } = kernel.settings
  const workspace = kernel.service(Workspace)
  const now = wallClock()
  const dryRun = request.dryRun === true
  const unlock = dryRun ? undefined : await takeGarbageLock(workspace, { runId: createRunId(now), at: now })
  try {
    const store = createStore({ workspace, storage: kernel.service(StorageStrategy), readable: [], durability })
    return await collectGarbage(store, {
      entries: request.entries ?? retain.entries,
      grace: request.grace ?? retain.grace,
      now,
      dryRun,
    })
  } finally {
    await unlock?.()
  }
}
