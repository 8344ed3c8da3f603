/** The suite by other means in JavaScript: zod on row objects, Arquero expressions on a table of arrays. */
import { type ColumnTable, op } from 'arquero'
import { z } from 'zod'
import { countries, email, statuses } from './suite.ts'

type Row = Readonly<Record<string, any>>

const Order = z.object({
  id: z.number(),
  quantity: z.number().min(1).max(100),
  amount: z.number().min(0).max(100_000).nullable(),
  discount: z.number().min(0).max(1).nullable(),
  ordered: z.number(),
  shipped: z.number().nullable(),
  country: z.enum(countries),
  status: z.enum(statuses),
  email: z.string().min(6).max(80).regex(email),
  paid: z.boolean(),
})

/** Failing rows, by zod for the rules about cells, and by hand for those that zod has no word for. */
export function byZod(rows: readonly Row[]): number {
  const seen = { id: new Set<unknown>(), email: new Set<unknown>() }
  let [failed, sum, count, last] = [0, 0, 0, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    const fine = Order.safeParse(row).success
    const repeated = seen.id.has(row['id']) || seen.email.has(row['email'])
    seen.id.add(row['id'])
    seen.email.add(row['email'])
    const late = row['shipped'] !== null && row['ordered'] > row['shipped']
    if (!fine || repeated || late || row['ordered'] < last) failed++
    last = row['ordered']
    if (row['amount'] !== null) {
      sum += row['amount']
      count++
    }
  }
  return failed + (sum / count > 60_000 ? 1 : 0)
}

export function byArquero(table: ColumnTable): unknown {
  const counts = table
    .derive({ before: op.lag('ordered', 1, 0 as never) as never })
    .params({ countries, statuses, email })
    .rollup({
      a: (d: Row) => op.sum(d['quantity'] === null ? 1 : 0),
      b: (d: Row) => op.sum(d['status'] === null ? 1 : 0),
      c: (d: Row) => op.sum(d['paid'] === null ? 1 : 0),
      d: (d: Row) => op.sum(d['quantity'] !== null && (d['quantity'] < 1 || d['quantity'] > 100) ? 1 : 0),
      e: (d: Row) => op.sum(d['amount'] !== null && (d['amount'] < 0 || d['amount'] > 100_000) ? 1 : 0),
      f: (d: Row) => op.sum(d['discount'] !== null && (d['discount'] < 0 || d['discount'] > 1) ? 1 : 0),
      g: (d: Row, $: Row) => op.sum(op.includes($['countries'], d['country'], 0) ? 0 : 1),
      h: (d: Row, $: Row) => op.sum(d['status'] === null || op.includes($['statuses'], d['status'], 0) ? 0 : 1),
      i: (d: Row, $: Row) => op.sum(op.match(d['email'], $['email'], 0) === null ? 1 : 0),
      j: (d: Row) => op.sum(op.length(d['email']) < 6 || op.length(d['email']) > 80 ? 1 : 0),
      k: (d: Row) => op.sum(d['shipped'] !== null && d['ordered'] > d['shipped'] ? 1 : 0),
      l: (d: Row) => op.sum(d['ordered'] < d['before'] ? 1 : 0),
      m: (d: Row) => op.mean(d['amount']),
      n: () => op.count(),
    } as never)
  const repeated = ['id', 'email'].map((key) =>
    table
      .groupby(key)
      .count()
      .filter(((d: Row) => d['count'] > 1) as never)
      .rollup({ rows: op.sum('count') })
      .object(),
  )
  return [counts.object(), repeated]
}
