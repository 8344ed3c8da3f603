import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planPipeline } from '../../src/kernel/plan/plan.ts'
import { readNode } from '../../src/kernel/run/read-node.ts'
import type { RunOutcome } from '../../src/kernel/run/run-pipeline.ts'
import { withKernel } from '../support/temporary-project.ts'
import { duckdb, publishedRows, runShowcase, showcase } from './showcase-project.ts'

const nodes = ['flights', 'airports', 'clean', 'enriched', 'daily', 'routes', 'topRoutes', 'dailyFiles', 'routeFiles']

describe('the showcase on all flights', () => {
  test('counts every row, says why eleven are set aside, and publishes what one SQL query says; then it is up to date', async () => {
    const folder = await showcase({ flights: 'all' })
    const first = await runShowcase(folder)
    expect([first.status, first.errors]).toEqual(['succeeded', []])
    expect(countsOf(first)).toEqual({
      flights: [3_000_000, 3_000_000, 0],
      airports: [3_376, 3_376, 0],
      clean: [3_000_000, 2_999_989, 11],
      enriched: [2_999_989, 2_999_989, 0],
      daily: [39_952, 39_952, 0],
      routes: [3_247, 3_247, 0],
      topRoutes: [100, 100, 0],
      dailyFiles: [39_952, 39_952, 0],
      routeFiles: [100, 100, 0],
    })
    const rejected = await quarantineOf(first, 'clean')
    expect(rejected.map(({ _reasons }) => _reasons)).toEqual(rejected.map(() => 'between(delay, -120, 1440)'))
    const delays = rejected.map(({ delay }) => delay as number).sort((a, b) => a - b)
    expect([delays.length, delays[0], delays.at(-1)]).toEqual([11, -1116, 1688])

    const duck = await duckdb()
    const from = await sqlOver(folder)
    await duck.run(`CREATE VIEW daily AS ${from.daily}`)
    const dailyFile = `read_parquet('${join(folder, 'out/daily.parquet')}')`
    const near =
      '(abs(p.delay - d.delay) <= 1e-9 * greatest(abs(d.delay), 1e-9) OR (p.delay IS NULL AND d.delay IS NULL))'
    const same = `p.flights = d.flights AND p.longest = d.longest AND ${near}`
    const joined = `${dailyFile} p FULL JOIN daily d ON epoch_ms(p.date) = epoch_ms(d.date) AND p.origin = d.origin`
    const [compared] = await duck.rows(
      `SELECT count(*)::INT AS all, count(*) FILTER (WHERE ${same})::INT AS same FROM ${joined}`,
    )
    expect(compared).toEqual({ all: 39_952, same: 39_952 })

    const { routes } = await publishedRows(folder)
    const expected = await duck.rows(from.topRoutes)
    expect(routes.map(({ delay: _, ...rest }) => rest)).toEqual(expected.map(({ delay: _, ...rest }) => rest))
    for (const [i, { delay }] of expected.entries()) {
      expect(Math.abs((routes[i]?.['delay'] as number) / (delay as number) - 1)).toBeLessThan(1e-9)
    }

    const began = performance.now()
    const second = await runShowcase(folder)
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(second.status).toBe('up to date')
    expect(statusesOf(second)).toEqual(Object.fromEntries(nodes.map((node) => [node, 'up to date'])))
    expect(second.entry).toBe(first.entry)
  }, 120_000)

  test('gives the same content when it is written in YAML', async () => {
    const [ts, yaml] = [await showcase({ flights: 'all' }), await showcase({ flights: 'all', as: 'yaml' })]
    const outcomes = [await runShowcase(ts), await runShowcase(yaml)]
    expect(outcomes.map(({ status, errors }) => [status, errors])).toEqual([
      ['succeeded', []],
      ['succeeded', []],
    ])
    expect(countsOf(outcomes[1] as RunOutcome)).toEqual(countsOf(outcomes[0] as RunOutcome))
    expect(await publishedRows(yaml)).toEqual(await publishedRows(ts))
  }, 120_000)
})

describe('the showcase on a sample of the flights', () => {
  test('gives the same content, quarantine and output schemas when it is written in YAML', async () => {
    const [ts, yaml] = [await showcase(), await showcase({ as: 'yaml' })]
    const [left, right] = [await runShowcase(ts), await runShowcase(yaml)]
    expect(left.status).toBe('succeeded')
    expect(countsOf(right)).toEqual(countsOf(left))
    expect(countsOf(left)['clean']?.[2]).toBe(11)
    expect(await quarantineOf(right, 'clean')).toEqual(await quarantineOf(left, 'clean'))
    expect(schemasOf(right)).toEqual(schemasOf(left))
    const published = await publishedRows(ts)
    expect(published.daily.length).toBeGreaterThan(10_000)
    expect(await publishedRows(yaml)).toEqual(published)
  }, 60_000)

  test('after an edit of one airport, computes what joins the airports, says so, and publishes only what came out otherwise', async () => {
    const folder = await showcase()
    await runShowcase(folder)
    const before = await publishedRows(folder)
    await edit(folder, 'node_modules/vega-datasets/data/airports.csv', ',Atlanta,GA', ',Hotlanta,GA')

    const plan = await planOf(folder)
    expect(plan['airports']).toMatch(/^run: 1 part changed: .*airports\.csv$/)
    expect(plan['flights']).toMatch(/^up to date/)
    expect(plan['clean']).toMatch(/^up to date/)

    const outcome = await runShowcase(folder)
    expect(statusesOf(outcome)).toEqual({
      flights: 'up to date',
      airports: 'committed',
      clean: 'up to date',
      enriched: 'committed',
      daily: 'committed',
      routes: 'committed',
      topRoutes: 'committed',
      dailyFiles: 'up to date',
      routeFiles: 'published',
    })
    expect(outcome.states.get('enriched')?.why).toContain('airports')
    const after = await publishedRows(folder)
    expect(after.daily).toEqual(before.daily)
    const renamed = (city: unknown) => (city === 'Atlanta' ? 'Hotlanta' : city)
    const cities = ({ originCity, destinationCity, flights }: (typeof before.routes)[number]) =>
      JSON.stringify([renamed(originCity), renamed(destinationCity), String(flights)])
    expect(after.routes.map(cities).sort()).toEqual(before.routes.map(cities).sort())
  }, 60_000)

  test("after an edit of one step's code, computes it again with what depends on it, says so, and publishes nothing anew", async () => {
    const folder = await showcase()
    await runShowcase(folder)
    const before = await publishedRows(folder)
    await edit(folder, 'pipeline.config.ts', 'd.delay > 15', 'd.delay > 20')

    const plan = await planOf(folder)
    expect(plan['clean']).toBe('run: its code changed')
    for (const node of ['flights', 'airports']) expect(plan[node]).toMatch(/^up to date/)

    const outcome = await runShowcase(folder)
    expect(outcome.states.get('clean')?.why).toBe('its code changed')
    expect(statusesOf(outcome)).toEqual({
      flights: 'up to date',
      airports: 'up to date',
      clean: 'committed',
      enriched: 'committed',
      daily: 'committed',
      routes: 'committed',
      topRoutes: 'up to date',
      dailyFiles: 'up to date',
      routeFiles: 'up to date',
    })
    expect(await publishedRows(folder)).toEqual(before)
  }, 60_000)

  test('an edit of comments and formatting is no edit', async () => {
    const folder = await showcase()
    await runShowcase(folder)
    await edit(
      folder,
      'pipeline.config.ts',
      'run: (batch) => batch.derive',
      'run: (batch) =>\n    // late is late\n    batch.derive',
    )
    expect((await runShowcase(folder)).status).toBe('up to date')
  }, 60_000)
})

function countsOf({ states }: RunOutcome): Readonly<Record<string, readonly number[]>> {
  const counts = [...states].map(([name, { section }]) => {
    const { rowsIn, rowsOut, quarantined, dropped } = section?.counts ?? {
      rowsIn: -1,
      rowsOut: -1,
      quarantined: -1,
      dropped: -1,
    }
    expect(rowsIn).toBe(rowsOut + quarantined + dropped)
    return [name, [rowsIn, rowsOut, quarantined]] as const
  })
  return Object.fromEntries(counts)
}

function statusesOf({ states }: RunOutcome) {
  return Object.fromEntries([...states].map(([name, { status }]) => [name, status]))
}

function schemasOf({ states }: RunOutcome) {
  return Object.fromEntries([...states].map(([name, { section }]) => [name, section?.schema]))
}

async function quarantineOf({ engine, states }: RunOutcome, node: string) {
  const rows: Record<string, unknown>[] = []
  for await (const batch of readNode(engine, states, node, 'quarantine', new AbortController().signal)) {
    for (let row = 0; row < batch.length; row++) {
      rows.push(Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, batch.columns[i]?.at(row)])))
    }
  }
  return rows
}

async function planOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const { nodes } = await withKernel(folder, (kernel) => planPipeline(kernel, 'flights'))
  return Object.fromEntries(nodes.map(({ node, action, why }) => [node, `${action}: ${why}`]))
}

async function edit(folder: string, file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(folder, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(folder, file), text.replaceAll(from, to))
}

/** The showcase said once more, in SQL over the files themselves. */
async function sqlOver(folder: string) {
  const data = join(folder, 'node_modules/vega-datasets/data')
  const ok = `SELECT * FROM read_parquet('${data}/flights-3m.parquet')
    WHERE origin IS NOT NULL AND distance BETWEEN 1 AND 6000 AND delay BETWEEN -120 AND 1440`
  const airports = `SELECT iata, city FROM read_csv('${data}/airports.csv', all_varchar = true)`
  return {
    daily: `SELECT date_trunc('day', date) AS date, origin, count(*)::INT AS flights, avg(delay) AS delay, max(distance)::INT AS longest
      FROM (${ok}) GROUP BY ALL`,
    topRoutes: `SELECT o.city AS "originCity", d.city AS "destinationCity", count(*) AS flights, avg(delay) AS delay
      FROM (${ok}) f LEFT JOIN (${airports}) o ON f.origin = o.iata LEFT JOIN (${airports}) d ON f.destination = d.iata
      GROUP BY ALL ORDER BY flights DESC, 1, 2 LIMIT 100`,
  }
}
