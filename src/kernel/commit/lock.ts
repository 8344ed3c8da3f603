import { hostname } from 'node:os'
import type { Workspace } from '../../plugins/workspace.ts'
import { TidegateError } from '../errors.ts'
import { sleep } from '../run/retry.ts'

/** Says who is at work: runs, beside each other as they like, or one collection of garbage, alone. Commits are fenced by the log. */
export interface Lock {
  readonly kind: 'run' | 'gc'
  readonly runId: string
  /** Empty for a collection of garbage, which concerns every pipeline and environment. */
  readonly pipeline: string
  readonly env: string
  readonly pid: number
  readonly host: string
  /** Epoch milliseconds, UTC. */
  readonly at: number
  /** Counts up while a collection of garbage is at work. */
  readonly beat?: number
}

type Given = Pick<Lock, 'runId' | 'pipeline' | 'env' | 'at'>

const folder = 'locks/'
/** Milliseconds between two signs of life of a collection of garbage. */
const beatEvery = 5_000

/**
 * Takes the lock of a run, and waits while garbage is being collected, `patience` milliseconds at most: then `WORKSPACE_BUSY` is thrown. A
 * collection that gave no sign of life in that time is dead, wherever it ran: its lock is removed.
 */
export async function takeLock(
  workspace: Workspace,
  given: Given,
  options: { readonly patience?: number; readonly signal?: AbortSignal } = {},
): Promise<() => Promise<void>> {
  const { patience = 60_000, signal = new AbortController().signal } = options
  const path = pathOf(given)
  // Put first, looked afterwards, here as there: of a run and a collection that begin together at least one sees the other.
  await put(workspace, { kind: 'run', ...given })
  try {
    await collected(workspace, patience, signal)
  } catch (error) {
    await workspace.delete(path)
    throw error
  }
  return () => workspace.delete(path)
}

/** Ends when no garbage is being collected. */
async function collected(workspace: Workspace, patience: number, signal: AbortSignal): Promise<void> {
  let collections = await liveCollections(workspace)
  if (collections.length === 0) return
  const first = new Map(collections.map((lock) => [lock.runId, lock.beat]))
  const started = performance.now()
  while (performance.now() - started < patience) {
    signal.throwIfAborted()
    await sleep(Math.min(100, patience), signal)
    collections = await liveCollections(workspace)
    if (collections.length === 0) return
  }
  const silent = collections.filter((lock) => first.has(lock.runId) && first.get(lock.runId) === lock.beat)
  if (silent.length < collections.length || patience < 3 * beatEvery) throw busy(collections)
  for (const lock of silent) await workspace.delete(pathOf(lock))
}

async function liveCollections(workspace: Workspace): Promise<readonly Lock[]> {
  return (await liveLocks(workspace)).filter((lock) => lock.kind === 'gc')
}

/** Takes the lock of a collection of garbage. Throws `WORKSPACE_BUSY` while runs, or another collection, are at work. */
export async function takeGarbageLock(
  workspace: Workspace,
  given: Pick<Lock, 'runId' | 'at'>,
): Promise<() => Promise<void>> {
  const own = { kind: 'gc', pipeline: '', env: '', ...given } as const
  const others = async () => (await liveLocks(workspace)).filter((lock) => lock.runId !== own.runId)
  // Once before, so that a collection that cannot be makes no run wait; once after, for those that began in between.
  const before = await others()
  if (before.length > 0) throw busy(before)
  let beat = 0
  let beating: Promise<void> = put(workspace, { ...own, beat })
  await beating
  const timer = setInterval(() => {
    // A sign of life that fails is followed by another.
    beating = beating.then(() => put(workspace, { ...own, beat: ++beat })).catch(() => undefined)
  }, beatEvery)
  timer.unref()
  const release = async () => {
    clearInterval(timer)
    await beating
    await workspace.delete(pathOf(own))
  }
  try {
    const since = await others()
    if (since.length > 0) throw busy(since)
  } catch (error) {
    await release()
    throw error
  }
  return release
}

/** The locks of those that may still be at work; those of processes that died on this machine are removed. */
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

function busy(locks: readonly Lock[]): TidegateError {
  const runs = locks.filter(({ kind }) => kind !== 'gc')
  const named = (runs.length > 0 ? runs : locks).map(({ kind, pipeline, env, pid, host }) => {
    const where = `(process ${pid} on ${host})`
    return kind === 'gc' ? where : `"${pipeline}" in "${env}" ${where}`
  })
  const who = runs.length === 0 ? 'A collection of garbage is' : runs.length === 1 ? 'A run is' : 'Runs are'
  return new TidegateError('WORKSPACE_BUSY', `${who} at work in this workspace: ${named.join(', ')}`, {
    hint:
      runs.length > 0
        ? 'Wait until it is done, or count with --dry-run.'
        : `Wait until it is done; if that process is gone, remove ${locks.map(pathOf).join(', ')} from the workspace.`,
    data: { runs: locks.map(({ runId, pipeline, env, pid, host }) => ({ runId, pipeline, env, pid, host })) },
  })
}

function pathOf({ runId }: Pick<Lock, 'runId'>): string {
  return `${folder}${runId}.json`
}

function put(workspace: Workspace, own: Omit<Lock, 'pid' | 'host'>): Promise<void> {
  const lock: Lock = { ...own, pid: process.pid, host: hostname() }
  return workspace.put(pathOf(lock), Buffer.from(JSON.stringify(lock)))
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
