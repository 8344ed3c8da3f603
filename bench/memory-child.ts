import { parquet } from '@tidegate/files'
import { between, count, day, defineConfig, each, mean, notNull, pipeline, rollup } from 'tidegate'
import { z } from 'zod'
import { createKernel } from '../src/kernel/kernel.ts'
import { runPipeline } from '../src/kernel/run/run-pipeline.ts'

const folder = process.argv[2] as string
const Flight = z.object({
  date: z.date(),
  delay: z.int32(),
  distance: z.int32(),
  origin: z.string(),
  destination: z.string(),
})
const flights = parquet({ path: 'data/*.parquet', schema: Flight })
const clean = each({
  from: flights,
  run: (batch) => batch.derive({ late: (d) => d.delay > 15 }),
  expect: [notNull('origin'), between('delay', -120, 1440, { atLeast: 0.99 })],
  otherwise: 'quarantine',
})
const daily = rollup({
  from: clean,
  by: { date: day('date'), origin: 'origin' },
  measure: { flights: count(), delay: mean('delay') },
})
const config = defineConfig(() => ({ pipelines: { p: pipeline({ flights, clean, daily }) } }))

const kernel = await createKernel(config as never, { folder, pipelines: ['p'], log: 'silent' })
const started = performance.now()
const outcome = await runPipeline(kernel, 'p')
if (outcome.errors[0] !== undefined) throw outcome.errors[0]
const seconds = (performance.now() - started) / 1000
await kernel.dispose()
console.log(
  JSON.stringify({
    rows: outcome.states.get('flights')?.section?.counts.rowsIn,
    peak: process.resourceUsage().maxRSS / 1024,
    seconds,
  }),
)
