import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finishEvents, pastEvents, startEvents } from '../../../src/kernel/lineage/events.ts'
import type { RunFacts } from '../../../src/kernel/lineage/facts.ts'
import { jobOf, runUuid, subjectOf } from '../../../src/kernel/lineage/names.ts'
import type { LineageEvent } from '../../../src/plugins/lineage-store.ts'
import { randomRuns } from '../../../src/testing/lineage-history.ts'
import { flightsRun, identity, node, section } from './facts-of.ts'
import { runEvent } from './open-lineage.ts'

const all = (run: RunFacts): LineageEvent[] => [...startEvents(run), ...pastEvents(run), ...finishEvents(run)]
const completed = (run: RunFacts, name: string): any =>
  finishEvents(run).find(({ eventType, job }) => eventType === 'COMPLETE' && job.name === `flights.${name}`)
const types = (run: RunFacts): string[] => finishEvents(run).map(({ eventType, job }) => `${job.name} ${eventType}`)

describe('events', () => {
  it('follow the rules of OpenLineage 2-0-2', () => {
    for (const event of all(flightsRun())) runEvent.parse(event)
    fc.assert(
      fc.property(
        fc.string(),
        (seed) =>
          void randomRuns(seed, 3)
            .flatMap(all)
            .map((event) => runEvent.parse(event)),
      ),
      { numRuns: 50 },
    )
  })

  it('give every run one START and one end, and the same facts the same events', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        for (const run of randomRuns(seed, 3)) {
          const events = [...startEvents(run), ...finishEvents(run)]
          expect(events).toEqual([...startEvents(run), ...finishEvents(run)])
          const byRun = group(events)
          for (const [, own] of byRun)
            expect(own.map(({ eventType }) => (eventType === 'START' ? 'START' : 'end'))).toEqual(['START', 'end'])
        }
      }),
      { numRuns: 50 },
    )
  })

  it('name jobs and datasets by environment, pipeline and node', () => {
    const { job, inputs, outputs } = completed(flightsRun(), 'clean')
    expect(job).toMatchObject({ namespace: 'tidegate/production', name: 'flights.clean' })
    expect(inputs.map(({ name }: { name: string }) => name)).toEqual(['flights.flights'])
    expect(outputs.map(({ name }: { name: string }) => name)).toEqual(['flights.clean', 'flights.clean.quarantine'])
  })

  it('keep names apart that have dots in them', () => {
    expect(jobOf('test', 'a.b', 'c')).not.toEqual(jobOf('test', 'a', 'b.c'))
    expect(subjectOf({ env: 'e', pipeline: 'p', node: 'n.quarantine' })).not.toEqual(
      subjectOf({ env: 'e', pipeline: 'p', node: 'n', output: 'quarantine' }),
    )
    expect(subjectOf({ env: 'e', pipeline: 'p', node: '100%', column: 'c' })).toEqual({
      namespace: 'tidegate/e',
      name: 'p.100%25',
      column: 'c',
    })
  })

  it('have run ids that are UUIDs of version 5, made of the run alone', () => {
    const run = { env: 'test', pipeline: 'p', runId: 'r' }
    expect(runUuid(run)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(runUuid(run, 'n')).toBe(runUuid({ ...run }, 'n'))
    expect(
      new Set([
        runUuid(run),
        runUuid(run, 'n'),
        runUuid(run, 'm'),
        runUuid({ ...run, env: 'x' }, 'n'),
        runUuid({ ...run, pipeline: 'x' }, 'n'),
      ]).size,
    ).toBe(5)
    expect(completed(flightsRun(), 'clean').run.facets.parent).toMatchObject({
      run: { runId: runUuid(flightsRun()) },
      job: { namespace: 'tidegate/production', name: 'flights' },
    })
  })

  it('say of each column where it comes from', () => {
    const { columnLineage } = completed(flightsRun(), 'enriched').outputs[0].facets
    const of = (name: string, field: string, subtype: string, description?: string) => ({
      namespace: 'tidegate/production',
      name,
      field,
      transformations: [
        { type: 'DIRECT', subtype, ...(description === undefined ? {} : { description }), masking: false },
      ],
    })
    expect(columnLineage.fields).toEqual({
      delay: { inputFields: [of('flights.clean', 'delay', 'IDENTITY')] },
      origin: { inputFields: [of('flights.clean', 'origin', 'IDENTITY')] },
      place: { inputFields: [of('flights.airports', 'at', 'OPAQUE'), of('flights.clean', 'origin', 'OPAQUE')] },
      one: { inputFields: [], transformationDescription: 'd => 1' },
    })
    expect(completed(flightsRun(), 'clean').outputs[0].facets.columnLineage.fields.late.inputFields).toEqual([
      of('flights.flights', 'delay', 'TRANSFORMATION', 'd => d.delay > 15'),
    ])
  })

  it('lead the columns of sources and targets outside', () => {
    const source = completed(flightsRun(), 'flights')
    expect(source.inputs).toMatchObject([
      { namespace: 'file', name: '/data/flights.parquet', facets: { version: { datasetVersion: 'f1' } } },
    ])
    expect(source.outputs[0].facets.columnLineage.fields.delay.inputFields).toMatchObject([
      { namespace: 'file', name: '/data/flights.parquet', field: 'delay' },
    ])
    const target = completed(flightsRun(), 'dailyFiles')
    expect(target.outputs.map(({ namespace, name }: LineageEvent['outputs'][0]) => [namespace, name])).toEqual([
      ['tidegate/production', 'flights.dailyFiles'],
      ['file', '/out/daily.parquet'],
    ])
    expect(target.outputs[1].facets.columnLineage.fields.delay.inputFields).toMatchObject([
      { name: 'flights.daily', field: 'delay' },
    ])
    expect(target.outputs[1]).toMatchObject({
      facets: { version: { datasetVersion: 'daily@1' } },
      outputFacets: { outputStatistics: { rowCount: 3, size: 300, fileCount: 1 } },
    })
  })

  it('give a source of many parts one version, which changes with any of them', () => {
    const version = (fingerprint: string): string => {
      const listing = [
        { id: 'a', fingerprint: '1' },
        { id: 'b', fingerprint },
      ]
      const run = flightsRun({
        nodes: [
          node({
            name: 'many',
            shape: 'source',
            dataset: { namespace: 'file', name: '*' },
            section: section({ node: 'many', listing }),
          }),
        ],
      })
      return completed(run, 'many').inputs[0].facets.version.datasetVersion
    }
    expect(version('2')).toBe(version('2'))
    expect(version('2')).not.toBe(version('3'))
  })

  it('leave out where nobody said what a source reads or a target writes', () => {
    const run = flightsRun({
      nodes: [
        node({ name: 'made', shape: 'source', section: section({ node: 'made' }) }),
        node({ name: 'kept', shape: 'target', status: 'published', section: section({ node: 'kept' }) }),
      ],
    })
    expect(completed(run, 'made').inputs).toEqual([])
    expect(completed(run, 'made').outputs[0].facets.columnLineage.fields).toEqual({ delay: { inputFields: [] } })
    expect(completed(run, 'kept').outputs).toHaveLength(1)
  })

  it('tell versions, counts, checks and tags, but no value of the data', () => {
    const clean = completed(flightsRun(), 'clean')
    expect(clean.inputs[0].facets.version.datasetVersion).toBe('flights@1')
    expect(clean.outputs[0].facets.version.datasetVersion).toBe('clean@1')
    expect(clean.outputs[0].facets.tags.tags).toEqual([{ key: 'pii', value: 'true', source: 'USER', field: 'origin' }])
    expect(clean.outputs[0].outputFacets.outputStatistics).toMatchObject({ rowCount: 8, size: 64 })
    expect(clean.outputs[1].outputFacets.outputStatistics).toMatchObject({ rowCount: 1 })
    expect(clean.run.facets.tidegate).toMatchObject({
      runId: 'run-1',
      entry: 7,
      node: 'clean',
      counts: { rowsIn: 10, rowsOut: 8, quarantined: 1, dropped: 1 },
    })
    expect(clean.outputs[0].outputFacets.dataQualityAssertions.assertions).toEqual([
      {
        assertion: 'between(delay, -120, 1440)',
        success: true,
        column: 'delay',
        severity: 'error',
        actual: '1 of 10 rows failed',
        params: { scope: 'row', verdict: 'quarantine', failed: 1, of: 10, columns: ['delay'] },
      },
      {
        assertion: 'oneSpelling',
        success: false,
        column: 'origin',
        severity: 'warn',
        params: { scope: 'dataset', verdict: 'warn', failed: 0, of: 10, columns: ['origin'] },
      },
    ])
    expect(JSON.stringify(all(flightsRun()))).not.toMatch(/99999|secret airport/)
  })

  it('tell what a dataset check observed where no column is tagged', () => {
    const checks = (columns: string[]) => [
      {
        name: 'c',
        columns,
        scope: 'dataset',
        verdict: 'halt',
        failed: 0,
        of: 1,
        pass: true,
        observed: 'seen',
      } as const,
    ]
    const told = (columns: string[], tags: string[]): unknown => {
      const own = section({
        node: 'n',
        checks: checks(columns),
        schema: { fields: [{ ...section({ node: 'n' }).schema.fields[0]!, meta: { tags } }] },
      })
      return completed(flightsRun({ nodes: [node({ name: 'n', section: own })] }), 'n').outputs[0].outputFacets
        .dataQualityAssertions.assertions[0].actual
    }
    expect([told([], []), told(['other'], ['pii']), told([], ['pii']), told(['delay'], ['pii'])]).toEqual([
      'seen',
      'seen',
      undefined,
      undefined,
    ])
  })

  it('tell how each node ended', () => {
    const error = { code: 'STEP_FAILED', message: '"b" threw', hint: 'Mend it.' }
    const run = flightsRun({
      nodes: [
        node({ name: 'a' }),
        node({ name: 'b', status: 'failed', error }),
        node({ name: 'c', status: 'withheld', section: section({ node: 'c', checks: [] }) }),
        node({ name: 'd', status: 'withheld' }),
        node({ name: 'e', status: 'skipped' }),
        node({ name: 'f', status: 'up to date' }),
      ],
    })
    expect(types(run)).toEqual([
      'flights.a START',
      'flights.a COMPLETE',
      'flights.b START',
      'flights.b FAIL',
      'flights.c START',
      'flights.c FAIL',
      'flights.d START',
      'flights.d ABORT',
      'flights FAIL',
    ])
    const failed = finishEvents(run).filter(({ eventType }) => eventType === 'FAIL')
    expect(failed[0]?.run.facets?.['errorMessage']).toMatchObject({ message: 'STEP_FAILED: "b" threw Mend it.' })
    expect(failed[1]?.outputs[0]?.facets).not.toHaveProperty('version')
  })

  it('of what failed or was withheld say nothing of the state that an earlier run left', () => {
    const old = section({
      node: 'n',
      runId: 'run-0',
      checks: [{ name: 'c', columns: [], scope: 'row', verdict: 'halt', failed: 1, of: 1, pass: false, observed: '' }],
    })
    const of = (status: 'failed' | 'withheld') =>
      finishEvents(flightsRun({ nodes: [node({ name: 'n', status, section: old })] }))[1]
    expect(of('failed')).toMatchObject({
      eventType: 'FAIL',
      outputs: [{ namespace: 'tidegate/production', name: 'flights.n' }],
    })
    expect(of('failed')?.outputs[0]).not.toHaveProperty('outputFacets')
    expect(of('withheld')?.eventType).toBe('ABORT')
  })

  it('tell how the run ended', () => {
    const end = (given: Partial<RunFacts>): any => finishEvents(flightsRun(given)).at(-1)
    expect(end({}).eventType).toBe('COMPLETE')
    expect(end({ nodes: [node({ name: 'a', status: 'up to date' })] }).run.facets.tidegate).toMatchObject({
      status: 'up to date',
      nodes: { a: 'up to date' },
    })
    expect(end({ status: 'aborted', error: { code: 'RUN_ABORTED', message: 'cancelled' } })).toMatchObject({
      eventType: 'ABORT',
      run: { facets: { errorMessage: { message: 'RUN_ABORTED: cancelled' } } },
    })
    const { entry: _, ...uncommitted } = flightsRun()
    expect((finishEvents(uncommitted).at(-1) as any).run.facets.tidegate).not.toHaveProperty('entry')
  })

  it('of the past are those of the runs that made what is up to date', () => {
    const first = flightsRun()
    const later = flightsRun({
      runId: 'run-2',
      startedAt: 9000,
      endedAt: 9500,
      nodes: first.nodes.map((one) => ({ ...one, status: 'up to date', startedAt: 9000, endedAt: 9000 })),
    })
    const { entry: _, ...unnumbered } = first
    expect(pastEvents(later)).toEqual(finishEvents(unnumbered).slice(0, -1))
    expect(finishEvents(later)).toHaveLength(1)
  })

  it('reach inputs of other pipelines, and refuse inputs that a node does not have', () => {
    const own = section({ node: 'n', lineage: [identity('delay', 'd', 'far')] })
    const run = (name: string) =>
      flightsRun({
        nodes: [
          node({ name: 'n', section: own, inputs: [{ name, node: 'daily', output: 'main', pipeline: 'other' }] }),
        ],
      })
    expect(completed(run('far'), 'n').inputs).toEqual([{ namespace: 'tidegate/production', name: 'other.daily' }])
    expect(() => finishEvents(run('near'))).toThrow(
      'Column "delay" of "n" is said to come from input "far", which the node does not have',
    )
  })
})

function group(events: readonly LineageEvent[]): Map<string, LineageEvent[]> {
  const found = new Map<string, LineageEvent[]>()
  for (const event of events) found.set(event.run.runId, [...(found.get(event.run.runId) ?? []), event])
  return found
}
