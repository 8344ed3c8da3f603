import { deduplicate, largest, references, trim, upperCase, when } from '@tidegate/checks'
import { csv, toCsv } from '@tidegate/files'
import { between, count, defineConfig, each, notNull, oneOf, pipeline, rollup, rowCount, sum } from 'tidegate'
import { z } from 'zod'

const Customer = z.object({ id: z.string(), country: z.string() })
const Order = z.object({
  order: z.int32(),
  customer: z.string(),
  amount: z.number(),
  currency: z.string(),
  paid: z.date().nullable(),
})
const currencies = ['CHF', 'EUR', 'SEK']

const customers = csv({ path: 'data/customers.csv', schema: Customer })
const orders = csv({ path: 'data/orders.csv', schema: Order })
const clean = each({
  from: orders,
  run: (batch) => batch,
  key: ['order', 'paid'],
  expect: [
    // ` sek` becomes `SEK` and is judged again; `XXX` is beyond repair and goes to quarantine.
    oneOf('currency', currencies, { verdict: { repair: [trim(), upperCase()] } }),
    between('amount', 0, 1000),
    // Decided over the whole dataset: a customer who arrives tomorrow frees the order without a new reading.
    references('customer', customers, 'id'),
    // Of two rows of one order the one that was paid last stays.
    deduplicate('order', { keep: largest('paid') }),
    when(oneOf('currency', ['SEK']), notNull('paid')),
    rowCount(3),
    between('amount', 0, 100, { severity: 'info', atMost: { share: 0.05 } }),
  ],
  otherwise: 'quarantine',
  // Fewer good rows than this, and nothing is published.
  atLeast: 0.5,
})
const totals = rollup({ from: clean, by: ['currency'], measure: { orders: count(), amount: sum('amount') } })

const totalsFile = toCsv({ from: totals, path: 'out/totals.csv' })
const rejectedFile = toCsv({ from: clean.quarantine, path: 'out/rejected.csv' })
const repairsFile = toCsv({ from: clean.repairs, path: 'out/repairs.csv' })

export default defineConfig(() => ({
  pipelines: { orders: pipeline({ customers, orders, clean, totals, totalsFile, rejectedFile, repairsFile }) },
}))
