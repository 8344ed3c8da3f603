import { describe, expect, it } from 'vitest'
import { TidegateError } from '../../../src/kernel/errors.ts'
import { finishEvents, pastEvents, startEvents } from '../../../src/kernel/lineage/events.ts'
import type { RunFacts } from '../../../src/kernel/lineage/facts.ts'
import { subjectOf } from '../../../src/kernel/lineage/names.ts'
import { createLineageReader } from '../../../src/kernel/lineage/reader.ts'
import { recordFinish, recordStart } from '../../../src/kernel/lineage/recorder.ts'
import { createMemoryLineage } from '../../../src/plugins/defaults/memory-lineage.ts'
import type { LineageEvent, LineageStore } from '../../../src/plugins/lineage-store.ts'
import { flightsRun } from './facts-of.ts'

async function read(store: LineageStore): Promise<LineageEvent[]> {
  const events: LineageEvent[] = []
  for await (const event of store.events()) events.push(event)
  return events
}
const upToDate = (): RunFacts => {
  const run = flightsRun({ runId: 'run-2', startedAt: 9000, endedAt: 9100 })
  return {
    ...run,
    nodes: run.nodes.map((node) => ({ ...node, status: 'up to date' as const, startedAt: 9000, endedAt: 9000 })),
  }
}

describe('the recorder', () => {
  it('appends what a run says, and a second time nothing', async () => {
    const store = createMemoryLineage()
    const run = flightsRun()
    for (let i = 0; i < 2; i++) {
      await recordStart(store, run)
      await recordFinish(store, run)
    }
    expect(await read(store)).toEqual([...startEvents(run), ...finishEvents(run)])
  })

  it('tells a new store how the nodes came about that are up to date', async () => {
    const store = createMemoryLineage()
    await recordStart(store, upToDate())
    await recordFinish(store, upToDate())
    expect(await read(store)).toEqual([
      ...startEvents(upToDate()),
      ...pastEvents(upToDate()),
      ...finishEvents(upToDate()),
    ])
    const { reached } = await createLineageReader(store).upstream(
      subjectOf({ env: 'production', pipeline: 'flights', node: 'daily' }),
    )
    expect(reached).toHaveLength(6)
  })

  it('tells a store that knows the pipeline nothing twice', async () => {
    const store = createMemoryLineage()
    await recordFinish(store, flightsRun())
    await recordFinish(store, upToDate())
    expect(await read(store)).toEqual([...finishEvents(flightsRun()), ...finishEvents(upToDate())])
  })

  it('hands a run over as a whole where the store takes several events at once', async () => {
    const given: (readonly LineageEvent[])[] = []
    const store: LineageStore = { ...createMemoryLineage(), appendAll: async (events) => void given.push(events) }
    await recordFinish(store, upToDate())
    expect(given).toEqual([[...pastEvents(upToDate()), ...finishEvents(upToDate())]])
  })

  it('says LINEAGE_FAILED in the names of the user, with the native error as the cause', async () => {
    const cause = new Error('disk on fire')
    const store: LineageStore = { ...createMemoryLineage(), append: () => Promise.reject(cause) }
    const failure = await recordStart(store, flightsRun()).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'LINEAGE_FAILED',
      message: 'The lineage of pipeline "flights" could not be recorded',
      cause,
    })
    expect((failure as TidegateError).hint).toContain('What the run committed is kept')
  })

  it('keeps what a store says itself', async () => {
    const own = new TidegateError('LINEAGE_FAILED', 'no room left for "lineage.db"')
    await expect(
      recordFinish({ ...createMemoryLineage(), append: () => Promise.reject(own) }, flightsRun()),
    ).rejects.toBe(own)
  })
})

describe('the reader', () => {
  const daily = subjectOf({ env: 'production', pipeline: 'flights', node: 'daily' })
  const filled = async (): Promise<LineageStore> => {
    const store = createMemoryLineage()
    await recordFinish(store, flightsRun())
    return store
  }

  it('asks the store first, and puts what it says in order', async () => {
    const store = await filled()
    const plain = createLineageReader(store)
    const edges = [...(await plain.upstream(daily)).edges].reverse().map(({ depth: _, ...edge }) => edge)
    const runs = await plain.runs(daily)
    const asOf = await plain.asOf(daily, '2030-01-01T00:00:00Z')
    const silent: LineageStore = {
      append: store.append,
      events: () => {
        throw new Error('must not be asked')
      },
      answers: {
        upstream: async () => edges,
        downstream: async () => [],
        runs: async () => runs,
        asOf: async () => asOf,
      },
    }
    const reader = createLineageReader(silent)
    expect(await reader.upstream(daily)).toEqual(await plain.upstream(daily))
    expect(await reader.downstream(daily)).toMatchObject({ reached: [] })
    expect(await reader.runs(daily)).toEqual(runs)
    expect(await reader.asOf(daily, '2030-01-01T00:00:00Z')).toEqual(asOf)
  })

  it('answers the rest from events', async () => {
    const reader = createLineageReader({ ...(await filled()), answers: {} })
    expect((await reader.impact(daily)).map(({ name }) => name)).toEqual(['/out/daily.parquet', 'flights.dailyFiles'])
    expect((await reader.upstream(daily, { until: '1970-01-01T00:00:00Z' })).reached).toEqual([])
    const account = await reader.audit(daily, '2030-01-01T00:00:00Z')
    expect(account.steps.map(({ dataset }) => dataset.name)).toEqual([
      'flights.daily',
      'flights.enriched',
      'flights.clean',
      'flights.airports',
      'flights.flights',
    ])
    expect(account.origins).toHaveLength(2)
  })

  it('says LINEAGE_FAILED where the store fails', async () => {
    const cause = new TypeError('boom')
    const reader = createLineageReader({
      ...createMemoryLineage(),
      events: () => {
        throw cause
      },
    })
    await expect(reader.runs(daily)).rejects.toMatchObject({
      code: 'LINEAGE_FAILED',
      message: 'The lineage could not be read',
      cause,
    })
  })
})
