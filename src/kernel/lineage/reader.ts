import type { LineageRange, LineageRun, LineageSubject, LineageVersion } from '../../plugins/lineage-answers.ts'
import type { LineageEvent, LineageStore } from '../../plugins/lineage-store.ts'
import { auditWith, type LineageAudit } from './audit.ts'
import { createCurrent } from './current.ts'
import { lineageFailed } from './failure.ts'
import { asOf, inOrder, runs } from './runs.ts'
import { type Direction, keyOf, type LineageAnswer, type Reached, walk } from './walk.ts'

/** Every question about lineage. Subjects are made by `subjectOf`; what nothing is known of gives empty answers. Errors are `LINEAGE_FAILED`. */
export interface LineageReader {
  upstream(subject: LineageSubject, range?: LineageRange): Promise<LineageAnswer>
  downstream(subject: LineageSubject, range?: LineageRange): Promise<LineageAnswer>
  /** Every column (or dataset) that changes if this one does. */
  impact(subject: LineageSubject): Promise<readonly Reached[]>
  runs(dataset: LineageSubject): Promise<readonly LineageRun[]>
  asOf(dataset: LineageSubject, time: string): Promise<LineageVersion | undefined>
  /** The account of a dataset as it was at `at` (ISO 8601). */
  audit(dataset: LineageSubject, at: string): Promise<LineageAudit>
}

/** Answers from the store's own answers where it has them, otherwise from its events. */
export function createLineageReader(store: LineageStore): LineageReader {
  const follow = async (direction: Direction, subject: LineageSubject, range: LineageRange): Promise<LineageAnswer> => {
    const own = await store.answers?.[direction]?.(subject, range)
    if (own !== undefined) return walk(own, subject, direction, range.depth)
    const current = createCurrent(range.until)
    for await (const event of store.events(range.until === undefined ? {} : { until: range.until })) current.add(event)
    return walk(current.edges(), subject, direction, range.depth)
  }
  const reader: LineageReader = {
    upstream: (subject, range = {}) => follow('upstream', subject, range),
    downstream: (subject, range = {}) => follow('downstream', subject, range),
    impact: async (subject) => (await follow('downstream', subject, {})).reached,
    runs: async (dataset) =>
      inOrder((await store.answers?.runs?.(dataset)) ?? runs(await eventsOf(store, dataset), dataset)),
    async asOf(dataset, time) {
      if (store.answers?.asOf !== undefined) return store.answers.asOf(dataset, time)
      return asOf(await eventsOf(store, dataset), dataset, time)
    },
    async audit(dataset, at) {
      const events = await contributing(store, dataset, at)
      return auditWith(
        (place) => events.get(keyOf({ namespace: place.namespace, name: place.name })) ?? [],
        dataset,
        at,
      )
    },
  }
  return guarded(reader)
}

async function eventsOf(
  store: LineageStore,
  { namespace, name }: LineageSubject,
  until?: string,
): Promise<LineageEvent[]> {
  const events: LineageEvent[] = []
  for await (const event of store.events({ namespace, dataset: name, ...(until === undefined ? {} : { until }) }))
    events.push(event)
  return events
}

/** By dataset, the events that wrote it: of every dataset that may have had a part in this one, then or before. */
async function contributing(
  store: LineageStore,
  dataset: LineageSubject,
  until: string,
): Promise<ReadonlyMap<string, readonly LineageEvent[]>> {
  const events = new Map<string, LineageEvent[]>()
  const waiting: LineageSubject[] = [{ namespace: dataset.namespace, name: dataset.name }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { namespace, name } = next
    if (events.has(keyOf({ namespace, name }))) continue
    const writing = (await eventsOf(store, next, until)).filter(({ outputs }) =>
      outputs.some((output) => output.namespace === namespace && output.name === name),
    )
    events.set(keyOf({ namespace, name }), writing)
    waiting.push(...writing.flatMap(({ inputs }) => inputs))
  }
  return events
}

/** The store's own errors become causes. */
function guarded(reader: LineageReader): LineageReader {
  const guard = <A extends readonly unknown[], R>(ask: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => {
      try {
        return await ask(...given)
      } catch (error) {
        throw lineageFailed(
          error,
          'The lineage could not be read',
          'See to the lineage store; data and committed state are not touched by this.',
          {},
        )
      }
    }
  }
  return {
    upstream: guard(reader.upstream),
    downstream: guard(reader.downstream),
    impact: guard(reader.impact),
    runs: guard(reader.runs),
    asOf: guard(reader.asOf),
    audit: guard(reader.audit),
  }
}
