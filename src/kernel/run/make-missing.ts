import { tellBeforeStep } from '../../hooks/ask.ts'
import { type Attempt, attend, fail } from './attempt.ts'
import type { NodeState } from './node-state.ts'
import { type Missing, planTasks, runTask } from './tasks.ts'

/** Makes the records that are missing, as many tasks at once as the executor takes. */
export async function makeMissing(attempt: Attempt, missing: readonly Missing[]): Promise<void> {
  const { engine, states, signal, progress, perform, ask } = attempt
  await announce(attempt, missing)
  const tasks = planTasks(
    engine,
    states,
    missing.filter(({ state }) => state.phase === 'open'),
    attempt.fingerprint,
  )
  let next = 0
  const worker = async () => {
    for (let index = next++; index < tasks.length; index = next++) {
      const task = tasks[index] as (typeof tasks)[number]
      signal.throwIfAborted()
      const { records, failed } = await runTask(engine, {
        task,
        executor: engine.executor,
        perform,
        ask,
        signal,
        progress: progress.rows,
        ...(attempt.deadlines === undefined ? {} : { deadlines: attempt.deadlines }),
      })
      for (const [name, error] of failed) fail(attempt, states.get(name) as NodeState, error)
      for (const [name, record] of Object.entries(records)) {
        const state = states.get(name) as NodeState
        state.records.set(record.part, record)
        state.made.add(record.part)
        state.bytes +=
          (record.data?.bytes ?? 0) +
          (record.quarantine?.bytes ?? 0) +
          (record.repairs?.bytes ?? 0) +
          (record.files?.bytes ?? 0) +
          (record.partial?.bytes ?? 0)
        progress.partDone(state)
      }
    }
  }
  const lanes = Array.from({ length: Math.min(engine.executor.concurrency, tasks.length) }, worker)
  const endings = await Promise.allSettled(lanes)
  const broken = endings.find((ending) => ending.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

/** `beforeStep`, before the first part of every node that has something to do; a tap that throws stops the node. */
async function announce(attempt: Attempt, missing: readonly Missing[]): Promise<void> {
  const { engine, progress } = attempt
  const counts = new Map<NodeState, number>()
  for (const { state } of missing) counts.set(state, (counts.get(state) ?? 0) + 1)
  for (const [state, parts] of counts) {
    if (state.started !== undefined) continue
    progress.start(state, parts)
    const { graph, settings } = engine
    await attend(attempt, state, () =>
      tellBeforeStep(engine.hooks, {
        pipeline: graph.pipeline,
        node: state.node.name,
        kind: state.node.spec.uses.name,
        runId: settings.runId,
        env: settings.env,
      }),
    )
  }
}
