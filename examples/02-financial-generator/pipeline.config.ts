import { toCsv } from '@tidegate/files'
import {
  between,
  defineConfig,
  each,
  first,
  last,
  max,
  min,
  op,
  pipeline,
  rollup,
  rowCount,
  sum,
  unique,
  week,
} from 'tidegate'
import { prices } from './prices.ts'

// A generator of one's own is a source like any other: it has options, a gate, and parts that stay unchanged while the options do.
const ticks = prices({
  symbols: ['ALDER', 'BIRCH', 'CEDAR'],
  days: 60,
  volatility: 0.015,
  correlation: 0.6,
  expect: [rowCount(180, 180), unique(['symbol', 'time'])],
})

const traded = each({
  from: ticks,
  run: (batch) => batch.derive({ turnover: (d) => op.round(d.close * d.volume) }),
  expect: [between('close', 1, 10_000), between('volume', 0, 400_000, { verdict: 'quarantine', atLeast: 0.95 })],
})

const weekly = rollup({
  from: traded,
  by: { symbol: 'symbol', week: week('time') },
  measure: {
    open: first('close'),
    high: max('close'),
    low: min('close'),
    close: last('close'),
    volume: sum('volume'),
    turnover: sum('turnover'),
  },
})

const weeklyFile = toCsv({ from: weekly, path: 'out/weekly.csv' })

export default defineConfig(() => ({
  pipelines: { prices: pipeline({ ticks, traded, weekly, weeklyFile }) },
  seed: 7,
}))
