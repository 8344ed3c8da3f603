import type { LineageDataset, LineageEvent, LineageFilter, LineageStore } from '../plugins/lineage-store.ts'

export async function appendAll(store: LineageStore, events: readonly LineageEvent[]): Promise<void> {
  for (const one of events) await store.append(one)
}

export async function read(store: LineageStore, filter?: LineageFilter): Promise<LineageEvent[]> {
  const events: LineageEvent[] = []
  for await (const one of store.events(filter)) events.push(one)
  return events
}

export const at = (time: number): string => new Date(time).toISOString()
export const idOf = (job: string, time: number): string => `${job} ${time}`

/** A dataset; `columns` are [column, input dataset, its column]. */
export function dataset(name: string, columns?: readonly (readonly [string, string, string])[]): LineageDataset {
  if (columns === undefined) return { namespace: 'test', name }
  const fields = columns.map(([column, from, field]) => [
    column,
    {
      inputFields: [
        { namespace: 'test', name: from, field, transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }] },
      ],
    },
  ])
  return { namespace: 'test', name, facets: { columnLineage: { fields: Object.fromEntries(fields) } } }
}

export function event(
  job: string,
  time: number,
  {
    space = 'test',
    ...given
  }: { readonly space?: string } & Partial<Pick<LineageEvent, 'eventType' | 'inputs' | 'outputs'>> = {},
): LineageEvent {
  return {
    eventType: 'COMPLETE',
    eventTime: at(time),
    run: { runId: idOf(job, time) },
    job: { namespace: space, name: job },
    inputs: [],
    outputs: [{ namespace: space, name: job }],
    producer: 'https://example.com/contract',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    ...given,
  }
}
