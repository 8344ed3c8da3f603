import type { NodeFacts, RunFacts } from '../../../src/kernel/lineage/facts.ts'
import { noCounts, type Section } from '../../../src/kernel/parts/record.ts'
import { type Field, type LogicalType, types } from '../../../src/kernel/types.ts'
import type { ColumnLineage } from '../../../src/plugins/step-kind.ts'

export function field(name: string, type: LogicalType = types.float64, meta?: Field['meta']): Field {
  return { name, type, nullable: false, ...(meta === undefined ? {} : { meta }) }
}

export function section(given: Partial<Section> & Pick<Section, 'node'>): Section {
  return {
    version: 1,
    pipeline: 'flights',
    kind: 'each',
    runId: 'run-1',
    at: 2000,
    kept: true,
    base: 'base',
    ingredients: {},
    schema: { fields: [field('delay')] },
    parts: [],
    order: { by: 'part' },
    lineage: [],
    inputs: {},
    counts: noCounts,
    checks: [],
    snapshot: `${given.node}@1`,
    duration: 500,
    bytes: 64,
    ...given,
  }
}

export function node(given: Partial<NodeFacts> & Pick<NodeFacts, 'name'>): NodeFacts {
  return { kind: 'each', shape: 'row-wise', status: 'committed', inputs: [], startedAt: 1500, endedAt: 2000, ...given }
}

export const identity = (column: string, from = column, input = ''): ColumnLineage => ({
  column,
  sources: [{ input, column: from }],
  how: 'identity',
})
export const derived = (column: string, from: readonly string[], expression: string): ColumnLineage => ({
  column,
  sources: from.map((source) => ({ input: '', column: source })),
  how: 'derived',
  expression,
})

/** Two files, a gate that sets rows aside, a join, a roll-up of each kind of key, and a file that is written. */
export function flightsRun(given: Partial<RunFacts> = {}): RunFacts {
  const flights = section({
    node: 'flights',
    schema: {
      fields: [
        field('date', types.timestamp('ms')),
        field('delay'),
        field('origin', types.string, { tags: ['pii'], description: 'Airport' }),
      ],
    },
    listing: [{ id: 'flights.parquet', fingerprint: 'f1' }],
    counts: { ...noCounts, rowsIn: 10, rowsOut: 10 },
  })
  const airports = section({
    node: 'airports',
    schema: { fields: [field('iata', types.string), field('at', types.struct([field('x'), field('y')]))] },
    listing: [
      { id: 'a.csv', fingerprint: 'a1' },
      { id: 'b.csv', fingerprint: 'b1' },
    ],
  })
  const clean = section({
    node: 'clean',
    schema: { fields: [...flights.schema.fields, field('late', types.boolean)] },
    lineage: [identity('date'), identity('delay'), identity('origin'), derived('late', ['delay'], 'd => d.delay > 15')],
    counts: { rowsIn: 10, rowsOut: 8, quarantined: 1, dropped: 1, warned: 0 },
    checks: [
      {
        name: 'between(delay, -120, 1440)',
        columns: ['delay'],
        scope: 'row',
        verdict: 'quarantine',
        failed: 1,
        of: 10,
        pass: true,
        observed: '1 of 10 rows failed',
        sample: 'delay = 99999',
      },
      {
        name: 'oneSpelling',
        columns: ['origin'],
        scope: 'dataset',
        verdict: 'warn',
        failed: 0,
        of: 10,
        pass: false,
        observed: 'found "secret airport"',
      },
    ],
  })
  const enriched = section({
    node: 'enriched',
    schema: { fields: [field('delay'), field('origin', types.string), field('place'), field('one')] },
    lineage: [
      identity('delay'),
      identity('origin'),
      {
        column: 'place',
        how: 'opaque',
        sources: [
          { input: 'airports', column: 'at' },
          { input: '', column: 'origin' },
        ],
      },
      { column: 'one', how: 'derived', sources: [], expression: 'd => 1' },
    ],
  })
  const daily = section({
    node: 'daily',
    schema: { fields: [field('origin', types.string), field('delay')] },
    lineage: [identity('origin'), derived('delay', ['delay'], 'mean(delay)')],
  })
  const dailyFiles = section({
    node: 'dailyFiles',
    schema: daily.schema,
    published: { snapshot: 'daily@1', rows: 3, bytes: 300, files: ['out/daily.parquet'] },
  })
  const from = (name: string, output = 'main') => ({ name: '', node: name, output })
  return {
    env: 'production',
    pipeline: 'flights',
    runId: 'run-1',
    startedAt: 1000,
    endedAt: 3000,
    entry: 7,
    nodes: [
      node({
        name: 'flights',
        kind: 'parquet',
        shape: 'source',
        section: flights,
        dataset: { namespace: 'file', name: '/data/flights.parquet' },
      }),
      node({
        name: 'airports',
        kind: 'csv',
        shape: 'source',
        section: airports,
        dataset: { namespace: 'file', name: '/data/*.csv' },
      }),
      node({ name: 'clean', section: clean, inputs: [from('flights')] }),
      node({
        name: 'enriched',
        section: enriched,
        inputs: [from('clean'), { name: 'airports', node: 'airports', output: 'main' }],
      }),
      node({ name: 'daily', kind: 'rollup', shape: 'fold', section: daily, inputs: [from('enriched')] }),
      node({
        name: 'dailyFiles',
        kind: 'toParquet',
        shape: 'target',
        status: 'published',
        section: dailyFiles,
        inputs: [from('daily')],
        dataset: { namespace: 'file', name: '/out/daily.parquet' },
      }),
    ],
    ...given,
  }
}
