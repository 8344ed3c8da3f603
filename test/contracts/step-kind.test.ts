import {
  escape as asItIs,
  count,
  day,
  defineStep,
  desc,
  each,
  mean,
  min,
  type Node,
  rollup,
  step,
  sum,
  table,
  tumbling,
  windowed,
} from 'tidegate'
import { type StepSubject, stepContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { foundOut } from './found-out.ts'

const Order = z.object({ id: z.int32(), shop: z.string().nullable(), amount: z.number().nullable(), at: z.date() })
type Row = { readonly id: number; readonly shop: string | null; readonly amount: number | null; readonly at: number }
const hour = 3_600_000
const rows: Row[] = Array.from({ length: 37 }, (_, id) => ({
  id,
  shop: id % 5 === 4 ? null : `shop ${id % 3}`,
  amount: id % 7 === 0 ? null : id / 4,
  at: id * 5 * hour,
}))
const base = { module: import.meta.url, schema: Order, rows } satisfies Partial<StepSubject>

/** What a roll-up by shop should give, written without it. */
const shops = ['shop 0', 'shop 1', 'shop 2', null].map((shop) => {
  const own = rows.filter((row) => row.shop === shop)
  const amounts = own.flatMap(({ amount }) => (amount === null ? [] : [amount]))
  return {
    shop,
    orders: own.length,
    amount: amounts.reduce((a, b) => a + b, 0),
    mean: amounts.reduce((a, b) => a + b, 0) / amounts.length,
    first: Math.min(...own.map(({ id }) => id)),
  }
})
const dates = [...new Set(rows.map(({ at }) => at - (at % (24 * hour))))]

const doubled = defineStep({
  name: 'test/doubled',
  shape: 'row-wise',
  options: z.object({ factor: z.number() }),
  create: ({ factor }) => ({
    shape: 'row-wise',
    run: (batch) =>
      batch.derive({ amount: asItIs((d: Row) => (d.amount === null ? null : d.amount * factor)) as never }),
  }),
})
const perShop = defineStep({
  name: 'test/per-shop',
  shape: 'fold',
  create: () => ({ shape: 'fold', by: {}, measure: { orders: count(), last: sum('id') } }),
})
const largest = defineStep({
  name: 'test/largest',
  shape: 'whole',
  options: z.object({ n: z.int() }),
  create: ({ n }) => ({
    shape: 'whole',
    compute: async (inputs) =>
      (await (inputs['from'] ?? inputs['']!).table())
        .filter('d => d.amount != null')
        .orderby(desc('amount') as never)
        .slice(0, n)
        .select('id', 'amount')
        .reify(),
  }),
})

const Amounts = z.object({ id: z.int32(), amount: z.number().nullable() })
const subjects: Readonly<Record<string, StepSubject>> = {
  each: {
    ...base,
    shape: 'row-wise',
    node: (from: Node<Row>) =>
      each({
        from,
        schema: Amounts,
        run: (batch) =>
          batch
            .filter((d) => d.id >= 10)
            .derive({ amount: (d) => (d.amount === null ? 0 : d.amount * 2) })
            .select('id', 'amount'),
      }),
    expected: rows.slice(10).map(({ id, amount }) => ({ id, amount: amount === null ? 0 : amount * 2 })),
  },
  rollup: {
    ...base,
    shape: 'fold',
    node: (from: Node<Row>) =>
      rollup({
        from,
        by: ['shop'],
        measure: { orders: count(), amount: sum('amount'), mean: mean('amount'), first: min('id') },
      }),
    expected: shops,
  },
  'rollup in buckets': {
    ...base,
    shape: 'fold',
    node: (from: Node<Row>) => rollup({ from, by: ['shop'], buckets: 4, measure: { orders: count() } }),
    expected: shops.map(({ shop, orders }) => ({ shop, orders })),
  },
  'rollup by day': {
    ...base,
    shape: 'fold',
    node: (from) => rollup({ from, by: { date: day('at') }, measure: { orders: count() } }),
    expected: dates.map((date) => ({ date, orders: rows.filter(({ at }) => at - (at % (24 * hour)) === date).length })),
  },
  windowed: {
    ...base,
    shape: 'fold',
    node: (from) => windowed({ from, time: 'at', window: tumbling('1 day'), measure: { orders: count() } }),
    expected: dates.map((date) => ({
      windowStart: date,
      windowEnd: date + 24 * hour,
      orders: rows.filter(({ at }) => at - (at % (24 * hour)) === date).length,
    })),
  },
  step: {
    ...base,
    shape: 'whole',
    ordered: true,
    node: (from: Node<Row>) =>
      step({
        from,
        schema: Amounts,
        orderBy: [{ desc: 'id' }],
        run: (t) => t.filter((d) => d.id > 30).select('id', 'amount'),
      }),
    expected: rows
      .slice(31)
      .reverse()
      .map(({ id, amount }) => ({ id, amount })),
  },
  "of one's own, row by row": {
    ...base,
    shape: 'row-wise',
    node: (from) => doubled({ from, factor: 3, schema: Order }),
    expected: rows.map((row) => ({ ...row, amount: row.amount === null ? null : row.amount * 3 })),
  },
  "of one's own, folding": {
    ...base,
    shape: 'fold',
    node: (from) => perShop({ from, schema: z.object({ orders: z.number(), last: z.number() }) }),
    expected: [{ orders: 37, last: 666 }],
  },
  "of one's own, over whole tables": {
    ...base,
    shape: 'whole',
    node: (from) => largest({ from, n: 3, schema: Amounts }),
    expected: [36, 34, 33].map((id) => ({ id, amount: id / 4 })),
  },
}
for (const [title, subject] of Object.entries(subjects)) {
  describe(`the step kind ${title}`, () => {
    for (const { name, run } of stepContract(subject)) test(name, run)
  })
}

let runs = 0
const Numbered = z.object({ id: z.int32(), n: z.number() })
const numbered = (next: (ids: readonly number[], i: number) => number) => (from: Node<Row>) =>
  each({
    from,
    schema: Numbered,
    rehearse: false,
    run: (batch) => {
      const ids = batch.array('id')
      return table({ id: ids, n: ids.map((_, i) => next(ids, i)) })
    },
  })
const asIs = rows.map(({ id }) => ({ id, n: id }))
const broken: Readonly<Record<string, readonly [finding: string, subject: Partial<StepSubject>]>> = {
  'makes something else': [
    'makes what it should',
    { node: numbered((ids, i) => (ids[i] as number) + 1), expected: asIs },
  ],
  'numbers the rows of its batches': [
    'makes the same for any batch size',
    { node: numbered((_, i) => i), expected: asIs },
  ],
  'numbers the rows of its parts': [
    'makes the same however rows are spread over parts',
    { node: numbered((_, i) => i), expected: asIs },
  ],
  'counts how often it ran': [
    'makes the same again when it is told to',
    { node: numbered(() => runs++), expected: asIs },
  ],
  'is another kind than it says': ['has the shape that its kind says', { shape: 'whole' }],
}

describe('a step kind that is broken is found out, where it', () => {
  for (const [title, [finding, subject]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(stepContract({ ...(subjects['each'] as StepSubject), ...subject }), finding)
    })
  }
  test('forgets rows that came before', async () => {
    const whole = sum('id')
    const forgetful = {
      ...whole,
      create: (of: Parameters<typeof whole.create>[0]) =>
        Object.assign(Object.create(whole.create(of)), { merge: () => undefined }),
    }
    const subject: StepSubject = {
      ...base,
      shape: 'fold',
      node: (from: Node<Row>) => rollup({ from, by: ['shop'], measure: { orders: forgetful } }),
      expected: shops.map(({ shop }) => ({
        shop,
        orders: rows.filter((row) => row.shop === shop).reduce((total, { id }) => total + id, 0),
      })),
    }
    await foundOut(stepContract(subject), 'makes the same however rows are spread over parts')
  })
  test('is never up to date', async () => {
    const state = { n: 0 }
    const never = numbered((ids, i) => (ids[i] as number) + 0 * state.n)
    await foundOut(
      stepContract({ ...(subjects['each'] as StepSubject), module: '/nowhere.ts', node: never, expected: asIs }),
      'is up to date when nothing changed',
    )
  })
})
