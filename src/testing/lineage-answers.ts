import assert from 'node:assert/strict'
import { downstream, upstream } from '../kernel/lineage/answers.ts'
import { createLineageReader } from '../kernel/lineage/reader.ts'
import { asOf, runs } from '../kernel/lineage/runs.ts'
import type { LineageSubject } from '../plugins/lineage-answers.ts'
import type { LineageEvent, LineageStore } from '../plugins/lineage-store.ts'
import { read } from './lineage-events.ts'

/** The answers of a store equal those that the pure functions give from its events, for every dataset and column there is. */
export async function sameAnswers(store: LineageStore): Promise<void> {
  const events = await read(store)
  const reader = createLineageReader(store)
  const times = [...new Set(events.map(({ eventTime }) => eventTime))].sort()
  const middle = times[times.length >> 1] as string
  for (const subject of subjectsOf(events)) {
    for (const range of [{}, { depth: 0 }, { depth: 3 }, { until: middle }, { depth: 1, until: middle }]) {
      assert.deepEqual(await reader.upstream(subject, range), upstream(events, subject, range))
      assert.deepEqual(await reader.downstream(subject, range), downstream(events, subject, range))
    }
    if (subject.column !== undefined) continue
    assert.deepEqual(await reader.runs(subject), runs(events, subject))
    for (const time of [times[0] as string, middle, times[times.length - 1] as string])
      assert.deepEqual(await reader.asOf(subject, time), asOf(events, subject, time))
  }
}

function subjectsOf(events: readonly LineageEvent[]): LineageSubject[] {
  const found = new Map<string, LineageSubject>()
  for (const { namespace, name, facets } of events.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])) {
    const columns = Object.keys((facets?.['columnLineage'] as { readonly fields?: object } | undefined)?.fields ?? {})
    for (const subject of [{ namespace, name }, ...columns.map((column) => ({ namespace, name, column }))])
      found.set(JSON.stringify(subject), subject)
  }
  return [...found.values()]
}
