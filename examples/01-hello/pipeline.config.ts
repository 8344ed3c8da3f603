import { csv, toCsv } from '@tidegate/files'
import { between, count, defineConfig, each, mean, notNull, pipeline, rollup } from 'tidegate'
import { z } from 'zod'

const Reading = z.object({ station: z.string().nullable(), time: z.date(), celsius: z.number() })

const readings = csv({ path: 'data/readings.csv', schema: Reading })
const clean = each({
  from: readings,
  run: (batch) => batch.derive({ fahrenheit: (d) => d.celsius * 1.8 + 32 }),
  expect: [notNull('station'), between('celsius', -60, 60)],
  otherwise: 'quarantine',
})
const stations = rollup({
  from: clean,
  by: ['station'],
  measure: { readings: count(), celsius: mean('celsius'), fahrenheit: mean('fahrenheit') },
})
const stationsFile = toCsv({ from: stations, path: 'out/stations.csv' })
const rejectedFile = toCsv({ from: clean.quarantine, path: 'out/rejected.csv' })

export default defineConfig(() => ({
  pipelines: { hello: pipeline({ readings, clean, stations, stationsFile, rejectedFile }) },
}))
