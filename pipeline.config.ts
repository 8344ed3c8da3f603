import { csv, parquet, toParquet } from '@tidegate/files'
import { sqliteLineage } from '@tidegate/lineage-sqlite'
import {
  between,
  count,
  day,
  defineConfig,
  desc,
  each,
  max,
  mean,
  notNull,
  pipeline,
  rollup,
  rowCount,
  step,
  unique,
} from 'tidegate'
import { z } from 'zod'

// Three million real flights and the airports they join, from the npm package vega-datasets.
const Flight = z.object({
  date: z.date(),
  delay: z.int32(),
  distance: z.int32(),
  origin: z.string(),
  destination: z.string(),
})
const Airport = z.object({
  iata: z.string(),
  name: z.string(),
  city: z.string(),
  state: z.string(),
  latitude: z.number(),
  longitude: z.number(),
})

const flights = parquet({ path: 'node_modules/vega-datasets/data/flights-3m.parquet', schema: Flight })
const airports = csv({
  path: 'node_modules/vega-datasets/data/airports.csv',
  schema: Airport,
  expect: [unique('iata')],
})

// Row by row, in bounded memory: bad rows are set aside with their reasons.
const clean = each({
  from: flights,
  run: (batch) => batch.derive({ late: (d) => d.delay > 15 }),
  expect: [
    notNull('origin'),
    between('distance', 1, 6000),
    between('delay', -120, 1440, { atLeast: 0.99 }),
    rowCount(1),
  ],
  otherwise: 'quarantine',
})

// `from` streams; `with` tables are whole.
const enriched = each({
  from: clean,
  with: { airports },
  run: (batch, { airports }) =>
    batch
      .join_left(airports.select({ iata: 'origin', city: 'originCity', state: 'originState' }), 'origin')
      .join_left(airports.select({ iata: 'destination', city: 'destinationCity' }), 'destination'),
  expect: [notNull('originCity', { verdict: 'warn' })],
})

const daily = rollup({
  from: enriched,
  by: { date: day('date'), origin: 'origin' },
  measure: { flights: count(), delay: mean('delay'), longest: max('distance') },
})
const routes = rollup({
  from: enriched,
  by: ['originCity', 'destinationCity'],
  measure: { flights: count(), delay: mean('delay') },
})
const topRoutes = step({
  from: routes,
  ordered: true,
  run: (t) => t.orderby(desc('flights'), 'originCity', 'destinationCity').slice(0, 100),
})

const dailyFiles = toParquet({ from: daily, path: 'out/daily.parquet' })
const routeFiles = toParquet({ from: topRoutes, path: 'out/top-routes.parquet' })

export default defineConfig(() => ({
  pipelines: {
    flights: pipeline({ flights, airports, clean, enriched, daily, routes, topRoutes, dailyFiles, routeFiles }),
  },
  lineage: sqliteLineage({ path: '.tidegate/lineage.db' }),
}))
