import {
  between,
  count,
  day,
  defineConfig,
  desc,
  each,
  max,
  mean,
  type Node,
  notNull,
  pipeline,
  type RowOf,
  rollup,
  rowCount,
  run,
  step,
  type Timestamp,
  unique,
} from 'tidegate'
import { z } from 'zod'
import { csv, openLineage, parquet, sqliteLineage, toParquet } from './connectors.ts'
import { type Eq, same } from './eq.ts'

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

export const flights = parquet({ path: 'flights.parquet', schema: Flight })
export const airports = csv({ path: 'airports.csv', schema: Airport, expect: [unique('iata')] })

export const clean = each({
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

export const enriched = each({
  from: clean,
  with: { airports },
  run: (batch, { airports }) =>
    batch
      .join_left(airports.select({ iata: 'origin', city: 'originCity', state: 'originState' }), 'origin')
      .join_left(airports.select({ iata: 'destination', city: 'destinationCity' }), 'destination'),
  expect: [notNull('originCity', { verdict: 'warn' })],
})

export const daily = rollup({
  from: enriched,
  by: { date: day('date'), origin: 'origin' },
  measure: { flights: count(), delay: mean('delay'), longest: max('distance') },
})
export const routes = rollup({
  from: enriched,
  by: ['originCity', 'destinationCity'],
  measure: { flights: count(), delay: mean('delay') },
})
export const topRoutes = step({
  from: routes,
  run: (t) => t.orderby(desc('flights')).slice(0, 100),
  orderBy: [{ desc: 'flights' }],
})

const dailyFiles = toParquet({ from: daily, path: 'out/daily', partitionBy: 'origin' })
const routeFiles = toParquet({
  from: topRoutes,
  path: 'out/top-routes.parquet',
  sortBy: ['originCity', 'destinationCity'],
})

const config = defineConfig(({ env, secret }) => ({
  pipelines: {
    flights: pipeline({ flights, airports, clean, enriched, daily, routes, topRoutes, dailyFiles, routeFiles }),
  },
  lineage:
    env === 'production'
      ? openLineage({ url: secret('OPENLINEAGE_URL') })
      : sqliteLineage({ path: '.tidegate/lineage.db' }),
  hooks: { onQualityViolation: ({ rows, of }) => (rows / of > 0.05 ? 'halt' : undefined) },
  memory: '1GB',
  retain: { entries: 20 },
}))
export default config

// What is known of every node without a type argument anywhere.
same<
  Eq<RowOf<typeof flights>, { date: Timestamp; delay: number; distance: number; origin: string; destination: string }>
>()
same<Eq<RowOf<typeof clean>['late'], boolean>>()
same<
  Eq<
    RowOf<typeof enriched>,
    {
      date: Timestamp
      delay: number
      distance: number
      origin: string
      destination: string
      late: boolean
      originCity: string | null
      originState: string | null
      destinationCity: string | null
    }
  >
>()
type Daily = { date: Timestamp; origin: string; flights: number; delay: number | null; longest: number | null }
same<Eq<RowOf<typeof daily>, Daily>>()
type TopRoutes = { originCity: string | null; destinationCity: string | null; flights: number; delay: number | null }
same<Eq<RowOf<typeof topRoutes>, TopRoutes>>()
same<Eq<RowOf<typeof dailyFiles>, Daily>>()

// Handles of a run, typed by node.
export async function read() {
  const r = await run(config, 'flights', { only: ['daily', 'topRoutes'] })
  const table = await r.daily.table()
  same<Eq<RowOf<typeof table>, Daily>>()
  same<Eq<RowOf<typeof r.daily>, Daily>>()
  for await (const batch of r.topRoutes.batches()) same<Eq<RowOf<typeof batch>, TopRoutes>>()
  const bad = await r.clean.quarantine.table()
  same<Eq<RowOf<typeof bad>['delay'], number | null>>()
  same<Eq<RowOf<typeof bad>['_reasons'], string>>()
  const sample: Node<RowOf<typeof flights>> = parquet({ path: 'sample.parquet', schema: Flight })
  await run(config, 'flights', {
    replace: [
      [flights, sample],
      [airports, airports],
    ],
    into: 'scratch',
    full: true,
    paranoid: true,
  })
  await run(config, 'flights', { into: 'scratch', from: ['clean'], to: ['daily'], env: 'test' })
}
