import {
  between,
  type Check,
  columnOf,
  type DatasetRule,
  defineCheck,
  expression,
  matches,
  mean,
  notNull,
  oneOf,
  type RowRule,
  rowCount,
  satisfies,
  unique,
} from 'tidegate'
import { type CheckSubject, checkContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { foundOut } from './found-out.ts'

type Subject = Parameters<typeof checkContract>[0]
const schema = z.object({ id: z.int32(), name: z.string(), amount: z.number(), at: z.date() })
const row = (id: number, name: string, amount: number) => ({ id, name, amount, at: id * 1000 })
const good = [row(1, 'a', 5), row(2, 'bb', 0), row(3, 'ab', 10)]
const bad = [row(4, 'x1', 10.5), row(5, '', -1), row(6, 'ä', Number.NaN)]
const rows = { schema, passing: good, failing: bad, scope: 'row' } satisfies Partial<Subject>

const before = defineCheck({
  name: 'test/before',
  columns: z.object({ id: z.int32(), name: z.string() }),
  row: ({ id, name }) => id > 3 === name.length > 2,
})
const meanBelow = defineCheck({
  name: 'test/mean-below',
  options: z.object({ limit: z.number() }),
  columns: z.number(),
  dataset: {
    measure: (column: string) => ({ mean: mean(column) }),
    decide: ({ mean }, { limit }) => ({ pass: mean === null || (mean as number) <= limit, observed: `mean ${mean}` }),
  },
})

const absent = good.map((own) => ({ ...own, name: null }))
const subjects: Readonly<Record<string, Subject>> = {
  between: { ...rows, make: () => between('amount', 0, 10) },
  'between whole numbers': { ...rows, make: () => between('id', 1, 3) },
  matches: { ...rows, make: () => matches('name', /^[ab]+$/) },
  oneOf: { ...rows, make: () => oneOf('name', ['a', 'bb', 'ab']) },
  notNull: { ...rows, make: () => notNull('name'), failing: absent, nulls: 'fail' },
  satisfies: { ...rows, make: () => satisfies(z.object({ amount: z.number().min(0).max(10).nullable() })) },
  expression: {
    ...rows,
    make: () =>
      expression('small', (d: { amount: number | null }) => d.amount === null || (d.amount >= 0 && d.amount <= 10)),
  },
  'a check over two columns': { ...rows, make: () => before({ id: 'id', name: 'name' }) },
  rowCount: { schema, scope: 'dataset', make: () => rowCount(1, 3), passing: good, failing: [...good, ...bad] },
  'a check over a mean': {
    schema,
    scope: 'dataset',
    make: () => meanBelow('amount', { limit: 6 }),
    passing: good,
    failing: good.map((own) => ({ ...own, amount: 7 })),
  },
  unique: { schema, scope: 'condemning', make: () => unique('name'), passing: good, failing: [...good, ...good] },
  'unique, the later ones lose': {
    schema,
    scope: 'condemning',
    make: () => unique('id', { lose: 'later' }),
    passing: good,
    failing: [...good, row(2, 'z', 1)],
  },
  'unique over several columns': {
    schema,
    scope: 'condemning',
    make: () => unique(['id', 'name']),
    passing: [...good, row(1, 'z', 1)],
    failing: [...good, ...good],
  },
}

for (const [title, subject] of Object.entries(subjects)) {
  describe(`the check ${title}`, () => {
    for (const { name, run } of checkContract(subject)) test(name, run)
  })
}

/** A row check with a rule of its own. */
const ruled =
  (compile: RowRule['compile'], over: Partial<Check> = {}): CheckSubject['make'] =>
  () => ({
    name: 'test/broken(amount)',
    columns: ['amount'],
    parameters: null,
    rule: { scope: 'row', compile },
    ...over,
  })
const fail = (failing: Uint8Array, i: number) => {
  failing[i >> 3] = (failing[i >> 3] as number) | (1 << (i & 7))
}
const eachRow =
  (bad: (cell: number | null, i: number, all: readonly (number | null)[]) => boolean): RowRule['compile'] =>
  () =>
  (batch, failing) => {
    const cells = [...(columnOf(batch, 'amount') ?? [])] as (number | null)[]
    cells.forEach((cell, i) => void (bad(cell, i, cells) && fail(failing, i)))
  }
const right = (cell: number | null) => cell !== null && !(cell >= 0 && cell <= 10)

const broken: Readonly<Record<string, readonly [finding: string, CheckSubject['make']]>> = {
  'fails what it should not': [
    'fails the rows that must fail, and no others',
    ruled(eachRow((cell) => right(cell) || cell === 0)),
  ],
  'takes an absent value for a bad one': [
    'treats absent values as unknown, unless it is about them',
    ruled(eachRow((cell) => cell === null || right(cell))),
  ],
  'looks at the row before': [
    'looks at each row alone, whatever stands beside it',
    ruled(eachRow((cell, i, all) => right(cell) || (i > 0 && all[i - 1] === cell))),
  ],
  'looks at the mean of the batch': [
    'gives the same bits wherever batches end',
    ruled(eachRow((cell, _, all) => cell !== null && cell > all.reduce<number>((sum, own) => sum + (own ?? 0), 0))),
  ],
  'counts rows from the beginning': [
    'remembers nothing from one batch to the next',
    ruled(() => {
      let seen = 0
      return (batch, failing) => void (batch.length > 0 && seen++ > 1 && fail(failing, 0))
    }),
  ],
  'clears bits of others': [
    'sets bits of failing rows only, and clears none',
    ruled((schema) => (batch, failing) => {
      failing.fill(0)
      eachRow(right)(schema)(batch, failing)
    }),
  ],
  'marks rows that are not there': [
    'sets bits of failing rows only, and clears none',
    ruled(() => (_, failing) => void failing.fill(0xff)),
  ],
  'reads buffers where it should read cells': [
    'gives the same bits for every encoding of the columns',
    () => ({
      name: 'test/broken(name)',
      columns: ['name'],
      parameters: null,
      rule: {
        scope: 'row',
        compile: () => (batch, failing) => {
          const column = columnOf(batch, 'name') as unknown as { offsets?: Int32Array; length: number }
          for (let i = 0; i < batch.length; i++) if ((column.offsets?.[i] ?? 0) > 0) fail(failing, i)
        },
      },
    }),
  ],
  'does not mind that its column is missing': ['refuses a schema without its columns', ruled(eachRow(right))],
  'has parameters that are no JSON': [
    'has the same name, columns and parameters each time it is made',
    ruled(eachRow(right), { parameters: { limit: 10n } }),
  ],
}

describe('a row check that is broken is found out, where it', () => {
  for (const [title, [finding, make]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(checkContract({ ...rows, make }), finding)
    })
  }
})

describe('a check of the whole dataset that is broken is found out, where it', () => {
  const whole = unique('name')
  const rule = whole.rule as Extract<Check['rule'], { scope: 'condemning' }>
  const condemning = (over: Partial<typeof rule>): Subject => ({
    ...(subjects['unique'] as Subject),
    make: () => ({ ...whole, rule: { ...rule, ...over } }),
  })
  test('looks at each part alone', async () => {
    const alone = condemning({
      condemn: async (parts, facts) => {
        const found = new Map<number, Uint8Array>()
        for (const [i, part] of parts.entries())
          for (const [, bits] of (await rule.condemn([part], facts)).rows) found.set(i, bits)
        return { rows: found }
      },
    })
    await foundOut(checkContract(alone), 'condemns the same rows however they are spread over parts')
  })
  test('forgets all batches but the last', async () => {
    const forgetful = condemning({
      collect: (of) => {
        let last = rule.collect(of)
        return {
          add(batch) {
            last = rule.collect(of)
            last.add(batch)
          },
          finish: () => last.finish(),
        }
      },
    })
    await foundOut(checkContract(forgetful), 'condemns the same rows wherever batches end')
  })
  test('takes the mean of means', async () => {
    const own = meanBelow('amount', { limit: 6 })
    const measure = mean('amount')
    const wrong: Check = {
      ...own,
      rule: {
        ...(own.rule as DatasetRule),
        measures: {
          mean: {
            ...measure,
            create: (of) => Object.assign(Object.create(measure.create(of)), { merge: () => undefined }),
          },
        },
      },
    }
    await foundOut(
      checkContract({ ...(subjects['a check over a mean'] as Subject), make: () => wrong }),
      'passes the dataset that must pass, and fails the one that must fail',
    )
  })
})
