import type { LineageEvent } from 'tidegate'

/** A COMPLETE event of `job`, `time` milliseconds after 1970, with `columns` columns from one input. */
export function eventOf(job: string, time: number, columns = 1): LineageEvent {
  const names = Array.from({ length: columns }, (_, i) => `c${i}`)
  const fields = names.map((name) => [
    name,
    {
      inputFields: [
        { namespace: 'test', name: 'in', field: name, transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }] },
      ],
    },
  ])
  return {
    eventType: 'COMPLETE',
    eventTime: new Date(time).toISOString(),
    run: { runId: `${job} ${time}` },
    job: { namespace: 'test', name: job },
    inputs: [{ namespace: 'test', name: 'in' }],
    outputs: [{ namespace: 'test', name: job, facets: { columnLineage: { fields: Object.fromEntries(fields) } } }],
    producer: 'https://example.com',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  }
}
