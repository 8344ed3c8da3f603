import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { downstream, impact, upstream } from '../../../src/kernel/lineage/answers.ts'
import { audit } from '../../../src/kernel/lineage/audit.ts'
import { finishEvents, startEvents } from '../../../src/kernel/lineage/events.ts'
import type { RunFacts } from '../../../src/kernel/lineage/facts.ts'
import { runUuid, subjectOf } from '../../../src/kernel/lineage/names.ts'
import { asOf, runs } from '../../../src/kernel/lineage/runs.ts'
import type { LineageSubject } from '../../../src/plugins/lineage-answers.ts'
import type { LineageEvent } from '../../../src/plugins/lineage-store.ts'
import { randomRuns } from '../../../src/testing/lineage-history.ts'
import { flightsRun, node, section } from './facts-of.ts'

const eventsOf = (...all: RunFacts[]): LineageEvent[] =>
  all.flatMap((run) => [...startEvents(run), ...finishEvents(run)])
const of = (name: string, column?: string): LineageSubject =>
  subjectOf({ env: 'production', pipeline: 'flights', node: name, ...(column === undefined ? {} : { column }) })
const short = ({ name, column, depth }: LineageSubject & { readonly depth?: number }): string =>
  `${depth ?? ''} ${name}${column === undefined ? '' : `:${column}`}`.trim()
const at = (time: number): string => new Date(time).toISOString()

describe('upstream and downstream', () => {
  const events = eventsOf(flightsRun())

  it('of a dataset are datasets, down to the files', () => {
    expect(upstream(events, of('daily')).reached.map(short)).toEqual([
      '1 flights.enriched',
      '2 flights.airports',
      '2 flights.clean',
      '3 /data/*.csv',
      '3 flights.flights',
      '4 /data/flights.parquet',
    ])
    expect(downstream(events, of('clean')).reached.map(short)).toEqual([
      '1 flights.enriched',
      '2 flights.daily',
      '3 /out/daily.parquet',
      '3 flights.dailyFiles',
    ])
  })

  it('of a column are columns, with how each was made', () => {
    const { reached, edges } = upstream(events, of('daily', 'delay'))
    expect(reached.map(short)).toEqual([
      '1 flights.enriched:delay',
      '2 flights.clean:delay',
      '3 flights.flights:delay',
      '4 /data/flights.parquet:delay',
    ])
    expect(edges.map(({ how, expression, job, depth }) => [depth, job.name, how, expression])).toEqual([
      [1, 'flights.daily', 'derived', 'mean(delay)'],
      [2, 'flights.enriched', 'identity', undefined],
      [3, 'flights.clean', 'identity', undefined],
      [4, 'flights.flights', 'identity', undefined],
    ])
    expect(upstream(events, of('enriched', 'place')).edges.map(({ from, how }) => `${short(from)} ${how}`)).toEqual([
      'flights.airports:at opaque',
      'flights.clean:origin opaque',
      '/data/*.csv:at identity',
      'flights.flights:origin identity',
      '/data/flights.parquet:origin identity',
    ])
  })

  it('go as many steps as asked', () => {
    expect(upstream(events, of('daily', 'delay'), { depth: 2 }).reached.map(short)).toEqual([
      '1 flights.enriched:delay',
      '2 flights.clean:delay',
    ])
    expect(upstream(events, of('daily'), { depth: 0 })).toMatchObject({ reached: [], edges: [] })
  })

  it('tell what a change of a column touches', () => {
    expect(impact(events, { namespace: 'file', name: '/data/flights.parquet', column: 'delay' }).map(short)).toEqual([
      '1 flights.flights:delay',
      '2 flights.clean:delay',
      '2 flights.clean:late',
      '2 flights.clean.quarantine:delay',
      '2 flights.clean.quarantine:late',
      '3 flights.enriched:delay',
      '4 flights.daily:delay',
      '5 /out/daily.parquet:delay',
      '5 flights.dailyFiles:delay',
    ])
  })

  it('count an edge of another tool that does not say how as derived', () => {
    const fields = { a: { inputFields: [{ namespace: 'n', name: 'in', field: 'b' }] }, c: {} }
    const foreign = {
      ...(events.find(({ eventType }) => eventType === 'COMPLETE') as LineageEvent),
      outputs: [{ namespace: 'n', name: 'out', facets: { columnLineage: { fields } } }],
    }
    expect(upstream([foreign], { namespace: 'n', name: 'out', column: 'a' }).edges).toMatchObject([
      { from: { name: 'in', column: 'b' }, how: 'derived' },
    ])
  })

  it('reach exactly what a naive closure over the last completions reaches', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (seed, up) => {
        const events = eventsOf(...randomRuns(seed))
        const last = new Map<string, LineageEvent>()
        for (const event of events.filter(({ eventType }) => eventType === 'COMPLETE')) {
          const known = last.get(event.job.name)
          if (known === undefined || known.eventTime <= event.eventTime) last.set(event.job.name, event)
        }
        const pairs: [string, string][] = []
        for (const { outputs } of last.values()) {
          for (const output of outputs) {
            const facet = output.facets?.['columnLineage'] as any
            for (const [column, { inputFields }] of Object.entries<any>(facet.fields)) {
              for (const input of inputFields) pairs.push([`${input.name}:${input.field}`, `${output.name}:${column}`])
            }
          }
        }
        for (const start of new Set(pairs.flat())) {
          const found = new Set<string>([start])
          for (let size = 0; size !== found.size; ) {
            size = found.size
            for (const [from, to] of pairs) if (found.has(up ? to : from)) found.add(up ? from : to)
          }
          found.delete(start)
          const [name, column] = start.split(':') as [string, string]
          const subject = { namespace: name.startsWith('/') ? 'file' : 'tidegate/test', name, column }
          const { reached } = up ? upstream(events, subject) : downstream(events, subject)
          expect(new Set(reached.map((place) => `${place.name}:${place.column}`))).toEqual(found)
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** Two runs: in the second the file has changed; in the third the gate halts. */
function history(): LineageEvent[] {
  const run = (
    runId: string,
    time: number,
    version: string,
    status: 'committed' | 'withheld' = 'committed',
  ): RunFacts => {
    const file = section({
      node: 'file',
      listing: [{ id: 'f', fingerprint: `file ${version}` }],
      snapshot: `raw ${version}`,
    })
    const clean = section({
      node: 'clean',
      snapshot: `clean ${version}`,
      lineage: [{ column: 'delay', sources: [{ input: '', column: 'delay' }], how: 'identity' }],
    })
    const times = { startedAt: time, endedAt: time + 100 }
    return flightsRun({
      runId,
      ...times,
      nodes: [
        node({ name: 'file', shape: 'source', section: file, dataset: { namespace: 'file', name: '/f' }, ...times }),
        node({
          name: 'clean',
          status,
          section: clean,
          inputs: [{ name: '', node: 'file', output: 'main' }],
          ...times,
          ...(status === 'withheld' ? { error: { code: 'GATE_HALTED', message: 'bad' } } : {}),
        }),
      ],
    })
  }
  return eventsOf(run('one', 1000, '1'), run('two', 2000, '2'), run('three', 3000, '3', 'withheld'))
}

describe('runs', () => {
  it('are those that wrote a dataset or tried to, in order', () => {
    expect(
      runs(history(), of('clean')).map(({ state, startedAt, endedAt, version, error }) => [
        state,
        startedAt,
        endedAt,
        version,
        error,
      ]),
    ).toEqual([
      ['complete', at(1000), at(1100), 'clean 1', undefined],
      ['complete', at(2000), at(2100), 'clean 2', undefined],
      ['failed', at(3000), at(3100), undefined, 'GATE_HALTED: bad'],
    ])
  })

  it('that have ended stay ended, and those that only run are running', () => {
    const [start, , , end] = history().slice(1, 5) as LineageEvent[]
    const running = { ...(start as LineageEvent), eventType: 'RUNNING' as const, eventTime: at(1050) }
    expect(runs([running], of('file'))[0]).toMatchObject({ state: 'running' })
    expect(runs([start as LineageEvent, running], of('file'))[0]).toMatchObject({
      state: 'running',
      startedAt: at(1000),
    })
    expect(
      runs(
        [end as LineageEvent, { ...running, run: (end as LineageEvent).run, outputs: (end as LineageEvent).outputs }],
        of('clean'),
      )[0]?.state,
    ).toBe('complete')
  })
})

describe('as of', () => {
  it('a time, the last completed run is current, with the versions that it read', () => {
    const version = (time: number): string | undefined => asOf(history(), of('clean'), at(time))?.run.version
    expect([1099, 1100, 2099, 2100, 9999].map(version)).toEqual([undefined, 'clean 1', 'clean 1', 'clean 2', 'clean 2'])
    expect(asOf(history(), of('clean'), at(1500))?.inputs).toEqual([
      { namespace: 'tidegate/production', name: 'flights.file', version: 'raw 1' },
    ])
  })

  it('refuses what is no time', () => {
    expect(() => asOf([], of('clean'), 'soon')).toThrow('"soon" is not a time')
  })
})

describe('an audit', () => {
  it('goes back by the versions that were read, to the file as it was', () => {
    const { steps, origins } = audit(history(), of('clean'), at(1500))
    expect(steps.map(({ dataset, version, run, depth }) => [depth, dataset.name, version, run.startedAt])).toEqual([
      [0, 'flights.clean', 'clean 1', at(1000)],
      [1, 'flights.file', 'raw 1', at(1000)],
    ])
    expect(steps[0]?.run.runId).toBe(runUuid({ env: 'production', pipeline: 'flights', runId: 'one' }, 'clean'))
    expect(origins).toEqual([{ namespace: 'file', name: '/f', version: 'file 1' }])
    expect(audit(history(), of('clean'), at(9999)).origins).toEqual([
      { namespace: 'file', name: '/f', version: 'file 2' },
    ])
  })

  it('tells counts, checks and columns of every step, and nothing of what is unknown', () => {
    const account = audit(eventsOf(flightsRun()), of('dailyFiles'), at(9999))
    expect(account.steps.map(({ dataset, depth }) => `${depth} ${dataset.name}`)).toEqual([
      '0 flights.dailyFiles',
      '1 flights.daily',
      '2 flights.enriched',
      '3 flights.clean',
      '3 flights.airports',
      '4 flights.flights',
    ])
    const clean = account.steps.find(({ dataset }) => dataset.name === 'flights.clean')
    expect(clean?.counts).toMatchObject({ rowsIn: 10, rowsOut: 8, quarantined: 1, dropped: 1 })
    expect(clean?.checks).toEqual([
      {
        name: 'between(delay, -120, 1440)',
        pass: true,
        verdict: 'quarantine',
        failed: 1,
        of: 10,
        observed: '1 of 10 rows failed',
      },
      { name: 'oneSpelling', pass: false, verdict: 'warn', failed: 0, of: 10 },
    ])
    expect(clean?.columns.find(({ column }) => column === 'late')).toEqual({
      column: 'late',
      how: 'derived',
      expression: 'd => d.delay > 15',
      sources: [of('flights', 'delay')],
    })
    const enriched = account.steps.find(({ dataset }) => dataset.name === 'flights.enriched')?.columns
    expect(enriched?.find(({ column }) => column === 'one')).toEqual({
      column: 'one',
      how: 'derived',
      sources: [],
      expression: 'd => 1',
    })
    expect(enriched?.find(({ column }) => column === 'place')?.sources).toHaveLength(2)
    expect(account.origins.map(({ name }) => name)).toEqual(['/data/*.csv', '/data/flights.parquet'])
    expect(audit([], of('clean'), at(1))).toMatchObject({ steps: [], origins: [] })
  })
  it('understands events of other tools, which know no versions, counts or verdicts', () => {
    const [, , complete] = history() as [LineageEvent, LineageEvent, LineageEvent]
    const assertions = [{ assertion: 'not_null', success: true }]
    const out = {
      namespace: 'n',
      name: 'out',
      facets: { columnLineage: { fields: { c: { inputFields: [] } } } },
      outputFacets: { dataQualityAssertions: { assertions } },
    }
    const foreign: LineageEvent = {
      ...complete,
      run: { runId: 'r' },
      inputs: [{ namespace: 'n', name: 'in' }],
      outputs: [out],
    }
    expect(audit([foreign], { namespace: 'n', name: 'out' }, at(9999))).toMatchObject({
      steps: [
        {
          dataset: { name: 'out' },
          inputs: [{ name: 'in' }],
          checks: [{ name: 'not_null', verdict: '', failed: 0, of: 0 }],
          columns: [{ column: 'c', how: 'derived', sources: [] }],
        },
      ],
      origins: [{ namespace: 'n', name: 'in' }],
    })
  })
})
