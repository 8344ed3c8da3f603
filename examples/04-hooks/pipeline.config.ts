import { existsSync } from 'node:fs'
import { csv, toCsv } from '@tidegate/files'
import { between, defineConfig, each, mean, pipeline, rollup } from 'tidegate'
import { z } from 'zod'
import { fileMetrics, stepMetrics } from './metrics.ts'
import { watch } from './watch.ts'

const Trip = z.object({ city: z.string(), minutes: z.number() })

const trips = csv({ path: 'data/trips.csv', schema: Trip })
// Neither this check nor its node says what happens to a row that fails: the hook below does.
const clean = each({ from: trips, run: (batch) => batch, expect: [between('minutes', 0, 180)] })
const cities = rollup({ from: clean, by: ['city'], measure: { minutes: mean('minutes') } })
const citiesFile = toCsv({ from: cities, path: 'out/cities.csv' })
const rejectedFile = toCsv({ from: clean.quarantine, path: 'out/rejected.csv' })

export default defineConfig(() => ({
  pipelines: { trips: pipeline({ trips, clean, cities, citiesFile, rejectedFile }) },
  plugins: [watch(), fileMetrics({ path: 'out/metrics.txt' }), stepMetrics()],

  // Hooks steer; what plugins tap under the same names comes after these.
  hooks: {
    beforeStep({ node, kind }) {
      if (kind === 'toCsv' && existsSync(new URL('FREEZE', import.meta.url))) {
        throw new Error(`publishing is frozen, so ${node} does not begin (remove the file FREEZE)`)
      }
    },
    onQualityViolation({ phase, rows, of }) {
      if (phase === 'row') return 'quarantine' // the first row that fails: nothing has been counted yet
      return rows / of > 0.5 ? 'halt' : undefined // all rows are in: more than half of them failed
    },
    // For rows that come after their window has closed. Windows of this version never close, so that nobody asks yet.
    onLateData: () => 'update',
    afterStep({ node, status }) {
      if (status === 'withheld') console.error(`${node} was withheld: what it made before stays as it was`)
    },
  },
}))
