import { StorageStrategy } from '../../plugins/storage-strategy.ts'
import { Workspace } from '../../plugins/workspace.ts'
import { collectGarbage, type Garbage } from '../commit/gc.ts'
import { liveLocks } from '../commit/lock.ts'
import { wallClock } from '../context.ts'
import { TidegateError } from '../errors.ts'
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

/** Deletes what nothing reaches any more, in all pipelines and environments. Throws `WORKSPACE_BUSY` while a run is at work. */
export async function collectKernelGarbage(kernel: Kernel, request: GarbageRequest): Promise<Garbage> {
  const { retain, durability } = kernel.settings
  const workspace = kernel.service(Workspace)
  const dryRun = request.dryRun === true
  const running = dryRun ? [] : await liveLocks(workspace)
  if (running.length > 0) {
    const runs = running.map(({ pipeline, env, pid, host }) => `"${pipeline}" in "${env}" (process ${pid} on ${host})`)
    throw new TidegateError(
      'WORKSPACE_BUSY',
      `${running.length === 1 ? 'A run is' : 'Runs are'} at work in this workspace: ${runs.join(', ')}`,
      {
        hint: 'Wait until it is done, or count with --dry-run.',
        data: { runs: running.map(({ runId, pipeline, env, pid, host }) => ({ runId, pipeline, env, pid, host })) },
      },
    )
  }
  const store = createStore({ workspace, storage: kernel.service(StorageStrategy), readable: [], durability })
  return collectGarbage(store, {
    entries: request.entries ?? retain.entries,
    grace: request.grace ?? retain.grace,
    now: wallClock(),
    dryRun,
  })
}
