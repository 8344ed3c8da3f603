import type { LineageEvent, LineageStore } from '../../plugins/lineage-store.ts'
import { finishEvents, pastEvents, startEvents } from './events.ts'
import type { RunFacts, RunStart } from './facts.ts'
import { lineageFailed } from './failure.ts'
import { jobOf } from './names.ts'

/** Says that a run begins. Throws `LINEAGE_FAILED`. */
export async function recordStart(store: LineageStore, run: RunStart): Promise<void> {
  await guarded(run.pipeline, () => appendAll(store, startEvents(run)))
}

/**
 * Says what a run did. A store that has never seen this pipeline finish is first told how the nodes that are up to date came about, so that a new
 * store knows the whole pipeline. Recording the same facts again adds nothing. Throws `LINEAGE_FAILED`.
 */
export async function recordFinish(store: LineageStore, facts: RunFacts): Promise<void> {
  await guarded(facts.pipeline, async () => {
    const past = pastEvents(facts)
    const before = past.length > 0 && !(await knows(store, facts)) ? past : []
    await appendAll(store, [...before, ...finishEvents(facts)])
  })
}

async function appendAll(store: LineageStore, events: readonly LineageEvent[]): Promise<void> {
  if (store.appendAll !== undefined) return store.appendAll(events)
  for (const event of events) await store.append(event)
}

/** A run of this pipeline that ended well is recorded. */
async function knows(store: LineageStore, { env, pipeline }: RunStart): Promise<boolean> {
  const { namespace, name } = jobOf(env, pipeline)
  for await (const event of store.events({ namespace, job: name })) if (event.eventType === 'COMPLETE') return true
  return false
}

async function guarded(pipeline: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const hint = 'What the run committed is kept. See to the lineage store, then run again.'
    throw lineageFailed(error, `The lineage of pipeline "${pipeline}" could not be recorded`, hint, { pipeline })
  }
}
