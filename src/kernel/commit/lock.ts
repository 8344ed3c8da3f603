import { hostname } from 'node:os'
import type { Workspace } from '../../plugins/workspace.ts'

/** Says that a run is at work. A courtesy for people and for `gc`; commits are fenced by the log alone. */
export interface Lock {
  readonly runId: string
  readonly pipeline: string
  readonly env: string
  readonly pid: number
  readonly host: string
  /** Epoch milliseconds, UTC. */
  readonly at: number
}

const folder = 'locks/'

export async function takeLock(
  workspace: Workspace,
  given: Pick<Lock, 'runId' | 'pipeline' | 'env' | 'at'>,
): Promise<() => Promise<void>> {
  const path = `${folder}${given.runId}.json`
  await liveLocks(workspace)
  await workspace.put(
    path,
    Buffer.from(JSON.stringify({ ...given, pid: process.pid, host: hostname() } satisfies Lock)),
  )
  return () => workspace.delete(path)
}

/** The locks of runs that may still be at work; those of processes that died on this machine are removed. */
export async function liveLocks(workspace: Workspace): Promise<readonly Lock[]> {
  const live: Lock[] = []
  for await (const { path } of workspace.list(folder)) {
    // A name of another form is what a workspace keeps for itself while it writes.
    if (!path.endsWith('.json')) continue
    const bytes = await workspace.get(path)
    if (bytes === undefined) continue
    const lock = parse(bytes)
    if (lock !== undefined && isAlive(lock)) live.push(lock)
    else await workspace.delete(path)
  }
  return live
}

function parse(bytes: Uint8Array): Lock | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Lock
  } catch {
    return undefined
  }
}

function isAlive(lock: Lock): boolean {
  if (lock.host !== hostname()) return true
  try {
    process.kill(lock.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
