import assert from 'node:assert/strict'
import type { Awaitable } from '../kernel/context.ts'
import { isTidegateError } from '../kernel/errors.ts'
import { createLineageReader } from '../kernel/lineage/reader.ts'
import type { LineageEvent, LineageFilter, LineageStore } from '../plugins/lineage-store.ts'
import { sameAnswers } from './lineage-answers.ts'
import { appendAll, at, dataset, event, idOf, read } from './lineage-events.ts'
import { randomLineage } from './lineage-history.ts'

/** One demand of a contract: a sentence, and a check that throws where it does not hold. For any test runner: `it(name, run)`. */
export interface ContractCase {
  readonly name: string
  readonly run: () => Promise<void>
}

/** What every lineage store must do. `makeStore` gives an empty one each time; it is closed afterwards. */
export function lineageStoreContract(makeStore: () => Awaitable<LineageStore>): readonly ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({
    name,
    async run() {
      const store = await makeStore()
      try {
        await check(store)
      } finally {
        await store.close?.()
      }
    },
  }))
}

const cases: Readonly<Record<string, (store: LineageStore) => Promise<void>>> = {
  async 'gives events back as they came, in order of arrival'(store) {
    const given = [event('a', 3), event('b', 1), event('a', 2, { eventType: 'START' })]
    await appendAll(store, given)
    assert.deepEqual(await read(store), given)
  },
  async 'stores the same event once'(store) {
    await appendAll(store, [event('a', 1), event('a', 1), event('a', 2), event('a', 1)])
    assert.deepEqual(await read(store), [event('a', 1), event('a', 2)])
  },
  async 'takes several events at once, all or none, where it offers that'(store) {
    if (store.appendAll === undefined) return
    await store.appendAll([event('a', 1), event('b', 2), event('a', 1)])
    await assert.rejects(
      () => store.appendAll?.([event('c', 3), { ...event('d', 4), eventTime: 'never' }]) as Promise<void>,
    )
    await store.appendAll([event('b', 2), event('e', 5)])
    await store.appendAll([])
    assert.deepEqual(await read(store), [event('a', 1), event('b', 2), event('e', 5)])
    await sameAnswers(store)
  },
  async 'keeps what was appended, whatever happens to the object afterwards'(store) {
    const given = structuredClone(event('a', 1)) as { job: { name: string } } & LineageEvent
    await store.append(given)
    given.job.name = 'changed'
    assert.deepEqual(await read(store), [event('a', 1)])
    const [got] = (await read(store)) as unknown as [{ job: { name: string } }]
    got.job.name = 'changed'
    assert.deepEqual(await read(store), [event('a', 1)])
  },
  async 'filters by job, dataset, run, namespace and time, all together'(store) {
    const inputs = [dataset('in')]
    const all = [event('a', 1, { inputs }), event('b', 2, { inputs }), event('a', 3, { space: 'other' }), event('a', 4)]
    await appendAll(store, all)
    const times = async (filter: LineageFilter): Promise<number[]> =>
      (await read(store, filter)).map(({ eventTime }) => Date.parse(eventTime))
    assert.deepEqual(await times({ job: 'a' }), [1, 3, 4])
    assert.deepEqual(await times({ job: 'a', namespace: 'test' }), [1, 4])
    assert.deepEqual(await times({ namespace: 'other' }), [3])
    assert.deepEqual(await times({ dataset: 'in' }), [1, 2])
    assert.deepEqual(await times({ dataset: 'a' }), [1, 3, 4])
    assert.deepEqual(await times({ dataset: 'a', namespace: 'other' }), [3])
    await store.append(event('c', 5, { space: 'third', inputs: [dataset('in')] }))
    assert.deepEqual(await times({ dataset: 'in', namespace: 'test' }), [1, 2, 5])
    assert.deepEqual(await times({ dataset: 'in', namespace: 'third' }), [])
    assert.deepEqual(await times({ runId: idOf('b', 2) }), [2])
    assert.deepEqual(await times({ until: at(2) }), [1, 2])
    assert.deepEqual(await times({ job: 'a', dataset: 'in', until: at(3) }), [1])
    assert.deepEqual(await times({ job: 'a', runId: idOf('b', 2) }), [])
  },
  async 'compares times as instants, not as text'(store) {
    await appendAll(store, [event('a', 0), event('a', 1)])
    const times = async (until: string): Promise<number> => (await read(store, { until })).length
    assert.equal(await times('1970-01-01T00:00:00Z'), 1)
    assert.equal(await times('1970-01-01T01:00:00.001+01:00'), 2)
    assert.equal(await times('1969-12-31'), 0)
  },
  async 'refuses what is no time with LINEAGE_FAILED'(store) {
    const failed = (error: unknown): boolean => isTidegateError(error) && error.code === 'LINEAGE_FAILED'
    await assert.rejects(() => store.append({ ...event('a', 1), eventTime: 'yesterday' }), failed)
    await assert.rejects(() => read(store, { until: 'tomorrow' }), failed)
    assert.deepEqual(await read(store), [])
  },
  async 'knows nothing of what was never told'(store) {
    await store.append(event('a', 1))
    for (const filter of [{ job: 'x' }, { dataset: 'x' }, { runId: 'x' }, { namespace: 'x' }])
      assert.deepEqual(await read(store, filter), [])
    const reader = createLineageReader(store)
    const unknown = { namespace: 'test', name: 'x' }
    for (const subject of [unknown, { ...unknown, column: 'x' }, { ...unknown, name: 'a', column: 'x' }]) {
      assert.deepEqual((await reader.upstream(subject)).edges, [])
      assert.deepEqual((await reader.downstream(subject)).edges, [])
    }
    assert.deepEqual(await reader.runs(unknown), [])
    assert.equal(await reader.asOf(unknown, at(9)), undefined)
  },
  async 'takes many appends at once'(store) {
    const given = Array.from({ length: 60 }, (_, i) => event(`job${i % 7}`, i))
    await Promise.all([...given, ...given].map((one) => store.append(one)))
    const got = (await read(store)).map((one) => JSON.stringify(one))
    assert.deepEqual([...got].sort(), given.map((one) => JSON.stringify(one)).sort())
  },
  async 'reads a stable state while more is appended'(store) {
    await appendAll(store, [event('a', 1), event('a', 2)])
    let seen = 0
    for await (const _ of store.events()) await store.append(event('b', 10 + seen++))
    assert.equal(seen, 2)
    assert.equal((await read(store)).length, 4)
  },
  async 'carries many events and big ones'(store) {
    const columns = Array.from({ length: 1500 }, (_, i) => `column ${i}`)
    const big = event('big', 1, {
      inputs: [dataset('in')],
      outputs: [
        dataset(
          'big',
          columns.map((column) => [column, 'in', column]),
        ),
      ],
    })
    await appendAll(store, [big, ...Array.from({ length: 450 }, (_, i) => event('a', 2 + i))])
    assert.deepEqual(await read(store, { job: 'big' }), [big])
    assert.equal((await read(store)).length, 451)
    const { reached } = await createLineageReader(store).upstream({
      namespace: 'test',
      name: 'big',
      column: 'column 1499',
    })
    assert.deepEqual(reached, [{ namespace: 'test', name: 'in', column: 'column 1499', depth: 1 }])
  },
  async 'carries any text as a name'(store) {
    const names = [
      'Übersicht 数据 🌊',
      "it's; DROP TABLE events",
      '"quoted"',
      'zero\0inside',
      'lone\ud800',
      '',
      '__proto__',
      'a%b_c\n',
      '1',
    ]
    const given = names.map((name, i) =>
      event(name, i, { inputs: [dataset('in')], outputs: [dataset(name, [[name, 'in', name]])] }),
    )
    await appendAll(store, given)
    assert.deepEqual(await read(store), given)
    const reader = createLineageReader(store)
    for (const [i, name] of names.entries()) {
      assert.deepEqual(await read(store, { job: name }), [given[i]])
      assert.deepEqual(await read(store, { dataset: name }), [given[i]])
      assert.deepEqual((await reader.upstream({ namespace: 'test', name })).reached, [
        { namespace: 'test', name: 'in', depth: 1 },
      ])
      const { reached } = await reader.upstream({ namespace: 'test', name, column: name })
      assert.deepEqual(reached, [{ namespace: 'test', name: 'in', column: name, depth: 1 }])
      assert.equal((await reader.runs({ namespace: 'test', name })).length, 1)
    }
  },
  async 'ends where datasets depend on each other in a circle'(store) {
    const step = (from: string, to: string, time: number): LineageEvent =>
      event(to, time, { inputs: [dataset(from)], outputs: [dataset(to, [['x', from, 'x']])] })
    await appendAll(store, [step('c', 'a', 1), step('a', 'b', 2), step('b', 'c', 3)])
    await sameAnswers(store)
    const { reached } = await createLineageReader(store).upstream({ namespace: 'test', name: 'a', column: 'x' })
    assert.deepEqual(
      reached.map(({ name, depth }) => [name, depth]),
      [
        ['c', 1],
        ['b', 2],
      ],
    )
  },
  async 'takes the last completion as current, and of two at one time the one that arrived last'(store) {
    const from = (name: string, time: number, eventType: LineageEvent['eventType'] = 'COMPLETE'): LineageEvent =>
      event('out', time, { inputs: [dataset(name)], eventType })
    await appendAll(store, [from('second', 20), from('first', 10), from('third', 20), from('failed', 30, 'FAIL')])
    const reader = createLineageReader(store)
    const subject = { namespace: 'test', name: 'out' }
    const sources = async (until?: string): Promise<string[]> =>
      (await reader.upstream(subject, until === undefined ? {} : { until })).reached.map(({ name }) => name)
    assert.deepEqual(await sources(), ['third'])
    assert.deepEqual(await sources(at(19)), ['first'])
    assert.deepEqual(await sources(at(9)), [])
    assert.deepEqual((await reader.asOf(subject, at(20)))?.inputs, [{ namespace: 'test', name: 'third' }])
    assert.equal(await reader.asOf(subject, at(9)), undefined)
    await sameAnswers(store)
  },
  async 'answers every question as the events do, for random pipelines and runs'(store) {
    for (let seed = 0; seed < 2; seed++) {
      await appendAll(store, randomLineage(`contract ${seed}`))
      await sameAnswers(store)
    }
  },
}
