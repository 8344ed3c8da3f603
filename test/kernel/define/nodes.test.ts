import * as aq from 'arquero'
import { describe, expect, it } from 'vitest'
import {
  each,
  isTidegateError,
  type Node,
  pipeline,
  type Row,
  rollup,
  step,
  tumbling,
  windowed,
} from '../../../src/index.ts'
import { createNode, specOf } from '../../../src/kernel/node.ts'
import { eachKind } from '../../../src/kernel/nodes/each.ts'
import { rollupKind } from '../../../src/kernel/nodes/rollup.ts'
import { stepKind } from '../../../src/kernel/nodes/step.ts'
import { windowedKind } from '../../../src/kernel/nodes/windowed.ts'
import type { Measure } from '../../../src/plugins/measure.ts'
import type { StepContext, StepInput } from '../../../src/plugins/step-kind.ts'

const count: Measure<unknown, number> = { name: 'count()', columns: [], version: 1, create: () => expect.unreachable() }

function nodeOf<R extends Row>(): Node<R> {
  return createNode<R>({ uses: eachKind })
}
const flights = nodeOf<{ delay: number; origin: string }>()
const airports = nodeOf<{ iata: string }>()

const context: StepContext = {
  now: new Date(0),
  random: () => 0.5,
  signal: new AbortController().signal,
  runId: 'r1',
  pipeline: 'p',
  node: 'n',
  memory: 1,
  threads: 1,
  saveFile: () => undefined,
  scratch: async () => '',
}

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isTidegateError(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was refused'
}

describe('nodes', () => {
  it('are frozen values that run nothing when they are made', () => {
    let runs = 0
    const node = each({
      from: flights,
      run: (t) => {
        runs++
        return t
      },
    })
    expect(runs).toBe(0)
    expect(Object.isFrozen(node)).toBe(true)
    expect(Object.isFrozen(node.quarantine)).toBe(true)
    expect(node.kind).toBe('each')
    expect(node.quarantine).toBe(node.quarantine)
    expect(specOf(node.quarantine).output).toEqual({ of: node, name: 'quarantine' })
  })

  it('stream "from" and read "with" whole', () => {
    const node = each({ from: flights, with: { airports }, run: (t) => t, otherwise: 'drop', keep: true })
    expect(specOf(node).inputs).toEqual([
      { name: '', node: flights, mode: 'stream' },
      { name: 'airports', node: airports, mode: 'whole' },
    ])
    expect(specOf(node).gate).toEqual({ otherwise: 'drop', keep: true })
    expect(Object.keys(specOf(node).options as object)).toEqual(['run'])
  })

  it('read all inputs of a step whole, under the names of the record', () => {
    const one = step({ from: flights, run: (t) => t })
    const two = step({ from: { flights, airports }, run: ({ flights }) => flights })
    expect(specOf(one).inputs.map(({ name, mode }) => [name, mode])).toEqual([['', 'whole']])
    expect(specOf(two).inputs.map(({ name, mode }) => [name, mode])).toEqual([
      ['flights', 'whole'],
      ['airports', 'whole'],
    ])
  })

  it('say what was given in the place of a node', () => {
    const from = undefined as unknown as Node
    expect(refusal(() => each({ from, run: (t) => t }))).toBe('CONFIG_INVALID: "from" of each is undefined, not a node')
    const inputs = { a: 'flights' } as unknown as Record<string, Node>
    expect(refusal(() => step({ from: inputs, run: ({ a }) => a as never }))).toBe(
      'CONFIG_INVALID: "from.a" of step is the string flights, not a node',
    )
  })

  it('have one name in a pipeline', () => {
    expect(pipeline({ flights, airports }).nodes).toEqual({ flights, airports })
    expect(Object.isFrozen(pipeline({ flights }).nodes)).toBe(true)
    expect(refusal(() => pipeline({ a: flights, b: flights }))).toBe('CONFIG_INVALID: "a" and "b" name the same node')
    expect(refusal(() => pipeline({ a: [] as unknown as Node }))).toBe(
      'CONFIG_INVALID: "a" of the pipeline is object, not a node',
    )
  })
})

describe('the code of a step', () => {
  it('gets the params as $ in expressions and as context.params', async () => {
    const node = each({
      from: flights,
      params: { limit: 15 },
      run: (batch, _, { params, runId }) =>
        batch.filter((d, $) => d.delay > $.limit).derive({ id: escapeText(runId + params.limit) }),
    })
    expect(specOf(node).params).toEqual({ limit: 15 })
    const run = await eachKind.create(eachKind.options.parse(specOf(node).options), {})
    if (run.shape !== 'row-wise') return expect.unreachable()
    const out = await run.run(aq.table({ delay: [10, 20], origin: ['A', 'B'] }), {}, context)
    expect(out.objects()).toEqual([{ delay: 20, origin: 'B', id: 'r115' }])
  })

  it('leaves the table it was given without its params, for other nodes', async () => {
    const t = aq.table({ delay: [1, 2], origin: ['A', 'B'] }).filter((d: { delay: number }) => d.delay > 1)
    const node = each({
      from: flights,
      params: { limit: 1 },
      run: (batch) => batch.filter((d, $) => d.delay > $.limit),
    })
    const kind = await eachKind.create(eachKind.options.parse(specOf(node).options), {})
    if (kind.shape !== 'row-wise') return expect.unreachable()
    expect((await kind.run(t, {}, context)).objects()).toEqual([{ delay: 2, origin: 'B' }])
    expect(t.params()).toBeUndefined()
  })

  it('reads "now" only when it asks for it', async () => {
    let reads = 0
    const watched = Object.defineProperty({ ...context }, 'now', {
      get() {
        reads++
        return new Date(7)
      },
    })
    const run = async (node: Node) => {
      const kind = await eachKind.create(eachKind.options.parse(specOf(node).options), {})
      if (kind.shape === 'row-wise') await kind.run(aq.table({ delay: [1], origin: ['A'] }), {}, watched)
    }
    await run(each({ from: flights, params: { a: 1 }, run: (t) => t }))
    expect(reads).toBe(0)
    await run(each({ from: flights, run: (t, _, { now }) => t.derive({ at: escapeText(String(now.getTime())) }) }))
    expect(reads).toBe(1)
  })

  it('of a whole step gets tables by name, and its rows are sorted where orderBy says so', async () => {
    const node = step({
      from: { flights, airports },
      run: ({ flights, airports }) => flights.semijoin(airports, ['origin', 'iata']),
      orderBy: ['origin', { desc: 'delay' }],
    })
    const whole = await stepKind.create(stepKind.options.parse(specOf(node).options), {})
    if (whole.shape !== 'whole') return expect.unreachable()
    expect(whole).toMatchObject({ rehearse: true, ordered: true })
    const inputs = {
      flights: input(aq.table({ delay: [1, 2, 3], origin: ['B', 'A', 'A'] })),
      airports: input(aq.table({ iata: ['A', 'B'] })),
    }
    const out = (await whole.compute(inputs, context)) as aq.ColumnTable
    expect(out.objects()).toEqual([
      { delay: 3, origin: 'A' },
      { delay: 2, origin: 'A' },
      { delay: 1, origin: 'B' },
    ])
  })

  it('leaves rows as run returned them, without a meaningful order, by default', async () => {
    const node = step({ from: flights, run: (t) => t })
    const whole = await stepKind.create(stepKind.options.parse(specOf(node).options), {})
    const t = aq.table({ delay: [2, 1] })
    expect(whole).toMatchObject({ ordered: false })
    if (whole.shape === 'whole') expect(await whole.compute({ '': input(t) }, context)).toBe(t)
  })
})

describe('roll-ups', () => {
  const schema = { fields: [{ name: 'origin', type: { kind: 'string' }, nullable: true }] } as const

  it('turn names of columns into keys', async () => {
    const node = rollup({ from: flights, by: { from: 'origin' }, measure: { n: count }, buckets: 8 })
    expect(specOf(node).inputs[0]?.mode).toBe('stream')
    const fold = await rollupKind.create(rollupKind.options.parse(specOf(node).options), {})
    if (fold.shape !== 'fold') return expect.unreachable()
    expect(fold.buckets).toBe(8)
    expect(fold.measure['n']).toBe(count)
    expect(fold.by['from']?.create(schema).result).toEqual({ type: { kind: 'string' }, nullable: true })
    expect(refusal(() => fold.by['from']?.create({ fields: [] }))).toBe(
      'COLUMN_MISSING: there is no column "origin" to group by',
    )
  })

  it('refuse a column twice, a measure that is none and a bucket count that is none', () => {
    const problems = (options: unknown) =>
      rollupKind.options.safeParse(options).error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    expect(problems({ by: ['a', 'a'], measure: {} })).toEqual(['by the same column twice'])
    expect(problems({ by: ['a'], measure: { n: 'count' } })).toEqual(['measure.n expected a measure such as count()'])
    expect(problems({ by: ['a'], measure: {}, buckets: 0 })).toHaveLength(1)
  })
})

describe('windows', () => {
  const at = nodeOf<{ at: number & never }>()

  it('put each time into the window that it lies in, before 1970 too', async () => {
    const node = windowed({ from: at, time: 'at' as never, window: tumbling('1 minute'), measure: { n: count } })
    const fold = await windowedKind.create(windowedKind.options.parse(specOf(node).options), {})
    if (fold.shape !== 'fold') return expect.unreachable()
    expect(Object.keys(fold.by)).toEqual(['windowStart', 'windowEnd'])
    const type = { kind: 'timestamp', unit: 's' } as const
    const schema = { fields: [{ name: 'at', type, nullable: true }] }
    const { TemporalColumn } = await import('../../../src/index.ts')
    const times = new TemporalColumn(type, new BigInt64Array([0n, 59n, 60n, -1n, 5n]), new Uint8Array([0b01111]))
    const batch = { schema, length: 5, columns: [times] }
    expect([...(fold.by['windowStart']?.create(schema).of(batch) ?? [])]).toEqual([0, 0, 60_000, -60_000, null])
    expect([...(fold.by['windowEnd']?.create(schema).of(batch) ?? [])]).toEqual([60_000, 60_000, 120_000, 0, null])
    const text = { fields: [{ name: 'at', type: { kind: 'string' }, nullable: false }] } as const
    expect(refusal(() => fold.by['windowStart']?.create(text))).toBe(
      'SCHEMA_MISMATCH: event time is taken from "at", which is string and no time',
    )
  })

  it('refuse what cannot be kept yet, and lengths that are none', () => {
    const base = { time: 'at', measure: {}, window: tumbling('1 day') }
    const problems = (options: object) =>
      windowedKind.options
        .safeParse({ ...base, ...options })
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    expect(problems({})).toBeUndefined()
    expect(problems({ lateness: '1 day' })?.[0]).toMatch(/^lateness: "lateness" needs watermarks/)
    expect(problems({ late: 'drop' })?.[0]).toMatch(/^late: "late" needs watermarks/)
    expect(problems({ window: tumbling('1 month') })).toEqual([
      'window.size: expected a fixed length such as "15 minutes" or "7 days"',
    ])
  })
})

function escapeText(text: string): never {
  return aq.escape(() => text) as never
}

function input(table: aq.ColumnTable): StepInput {
  return { schema: { fields: [] }, rows: table.numRows(), async *batches() {}, table: async () => table }
}
