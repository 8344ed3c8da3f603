import { csv, toCsv } from '@tidegate/files'
import { sqliteLineage } from '@tidegate/lineage-sqlite'
import { count, defineConfig, type Environment, each, notNull, oneOf, pipeline, rollup, sum } from 'tidegate'
import { z } from 'zod'
import { fileLineage } from './file-lineage.ts'

const Order = z.object({ id: z.int32(), country: z.string(), cents: z.int32() })

const orders = csv({ path: 'data/orders.csv', schema: Order })
const clean = each({
  from: orders,
  run: (batch) => batch.derive({ net: (d) => d.cents / 1.25 }),
  expect: [notNull('id'), oneOf('country', ['NO', 'SE', 'DK'])],
  otherwise: 'quarantine',
})
const countries = rollup({ from: clean, by: ['country'], measure: { orders: count(), net: sum('net') } })
const countriesFile = toCsv({ from: countries, path: 'out/countries.csv' })

/** The kernel keeps lineage in memory unless a config fills the slot: right for tests. */
function lineage(env: Environment) {
  if (env === 'test') return {}
  if (env === 'production') return { lineage: fileLineage({ path: '.tidegate/lineage.ndjson' }) }
  return { lineage: sqliteLineage({ path: '.tidegate/lineage.db' }) }
}

export default defineConfig(({ env }) => ({
  pipelines: { orders: pipeline({ orders, clean, countries, countriesFile }) },
  ...lineage(env),
}))
