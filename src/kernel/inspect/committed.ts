import { createLog, type Log } from '../commit/log.ts'
import { createRunId, wallClock } from '../context.ts'
import type { Kernel } from '../kernel.ts'
import { type Entry, inputRecords, type Section } from '../parts/record.ts'
import { createEngine } from '../run/create-engine.ts'
import type { Engine } from '../run/engine.ts'
import type { NodeState } from '../run/node-state.ts'
import { openStates } from '../run/open-states.ts'

/** What a pipeline has committed, pinned at its current entry: for looking, nothing is run. */
export interface Committed {
  readonly engine: Engine
  readonly log: Log
  /** Undefined before the first run. */
  readonly entry: Entry | undefined
  readonly states: ReadonlyMap<string, NodeState>
}

/** Opens what is committed (with `pick`: what was, in another entry) for as long as `act` takes, and closes every connector that was opened for it. */
export async function withCommitted<T>(
  kernel: Kernel,
  pipeline: string,
  act: (committed: Committed) => Promise<T>,
  pick: (log: Log) => Promise<Entry | undefined> = (log) => log.current(),
): Promise<T> {
  const now = wallClock()
  const engine = createEngine(kernel, { pipeline, runId: createRunId(now), now, env: kernel.env })
  try {
    const log = createLog(engine.store.workspace, kernel.env, pipeline)
    const entry = await pick(log)
    const states = await openStates(engine, entry, new Set(), false)
    for (const state of states.values())
      state.inputs = state.section === undefined ? undefined : inputsOf(state.section)
    return await act({ engine, log, entry, states })
  } finally {
    await engine.close()
  }
}

/** The parts that the committed state was made from: a fused node is computed from them while it is read. */
function inputsOf(section: Section): NodeState['inputs'] {
  return inputRecords(section).map(({ part, input }) => ({ id: part, ...input }))
}
