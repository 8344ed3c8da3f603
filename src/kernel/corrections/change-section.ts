import { takeLock } from '../commit/lock.ts'
import { createLog } from '../commit/log.ts'
import { createRunId, wallClock } from '../context.ts'
import { TidegateError } from '../errors.ts'
import type { NodeAddress } from '../inspect/find-node.ts'
import type { Kernel } from '../kernel.ts'
import type { Entry, Section } from '../parts/record.ts'
import { createEngine } from '../run/create-engine.ts'
import type { Engine } from '../run/engine.ts'
import type { NodeState } from '../run/node-state.ts'
import { openStates } from '../run/open-states.ts'
import type { Moment } from './lives.ts'

/** What people's decisions about one node stand on: its newest section, of the attempt that its gate withheld or of the committed state. */
export interface Current {
  readonly engine: Engine
  readonly state: NodeState
  readonly states: ReadonlyMap<string, NodeState>
  readonly section: Section
  /** Who decides now: an act like a run, with an id and a time of its own. */
  readonly now: Moment
  /** Counts the attempts, from 1. */
  readonly attempt: number
}

export interface Changed<T> {
  readonly result: T
  readonly runId: string
  /** Number of the entry that the change was committed by; undefined where nothing changed. */
  readonly entry: number | undefined
}

/** How often a decision is made again on a newer state because somebody else committed first. */
const attempts = 20

/**
 * Commits a change of one node's section without running anything: the next entry of the log, created by put-if-absent. Who loses the race decides
 * again on the new state. `act` returns the section as it shall be, or none where there is nothing to change.
 */
export async function changeSection<T>(
  kernel: Kernel,
  { pipeline, node }: NodeAddress,
  act: (current: Current) => Promise<{ readonly section: Section | undefined; readonly result: T }>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Changed<T>> {
  const at = wallClock()
  const now = { runId: createRunId(at), at }
  const { env } = kernel
  const engine = createEngine(kernel, { pipeline, runId: now.runId, now: at, env })
  const log = createLog(engine.store.workspace, env, pipeline)
  const unlock = await takeLock(engine.store.workspace, { ...now, pipeline, env }, { signal })
  try {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      signal.throwIfAborted()
      const before = await log.current()
      const states = await openStates(engine, before, new Set(), false)
      const state = states.get(node) as NodeState
      const current = state.attempt ?? state.section
      if (before === undefined || current === undefined) throw nothingYet(node)
      const { section, result } = await act({ engine, state, states, section: current, now, attempt })
      if (section === undefined) return { result, runId: now.runId, entry: undefined }
      const path = await engine.store.putSection(section)
      const next = nextEntry(before, now, node, path, state.attempt !== undefined)
      await engine.store.sync()
      if (await log.append(next)) return { result, runId: now.runId, entry: next.number }
    }
    throw new TidegateError(
      'RUN_CONFLICT',
      `Others kept committing to "${pipeline}" in "${env}" first, ${attempts} times`,
      {
        hint: 'Try again when they are done.',
      },
    )
  } finally {
    await engine.close()
    await unlock()
  }
}

function nextEntry(before: Entry, now: Moment, node: string, path: string, withheld: boolean): Entry {
  const { number, nodes, withheld: aside } = before
  return {
    ...before,
    ...now,
    number: number + 1,
    ...(withheld ? { withheld: { ...aside, [node]: path } } : { nodes: { ...nodes, [node]: path } }),
    // The node's rows are as they were.
    changed: [],
  }
}

function nothingYet(node: string): TidegateError {
  return new TidegateError('CORRECTION_INVALID', `Node "${node}" was never run: it has no row in quarantine`, {
    hint: 'Run the pipeline first.',
    data: { node },
  })
}
