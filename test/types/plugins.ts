import {
  between,
  type Check,
  count,
  createToken,
  defineCheck,
  defineConfig,
  defineGenerator,
  definePlugin,
  defineSource,
  each,
  LineageStore,
  Logger,
  mean,
  type Node,
  notNull,
  pipeline,
  provide,
  quantile,
  type RowOf,
  type Table,
  type Timestamp,
  table,
  tumbling,
  windowed,
} from 'tidegate'
import { z } from 'zod'
import { sql, toParquet } from './connectors.ts'
import { type Eq, same } from './eq.ts'

const Price = z.object({ symbol: z.string(), time: z.date(), close: z.number(), volume: z.int32() })

/** Geometric random walks that share one market factor: correlation `rho` between any two symbols. */
export const prices = defineGenerator({
  name: 'acme/prices',
  options: z.object({
    symbols: z.array(z.string()).min(1),
    days: z.int().positive(),
    start: z.iso.date().default('2024-01-01'),
    volatility: z.number().default(0.02),
    rho: z.number().min(0).max(1).default(0.5),
  }),
  load({ symbols, days, start, volatility, rho }, { random }) {
    const n = symbols.length * days
    const epoch = Date.parse(start)
    const symbol = new Array<string>(n)
    const time = new Float64Array(n)
    const close = new Float64Array(n)
    const volume = new Int32Array(n)
    const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) // Box-Muller
    const last = symbols.map(() => 100)
    for (let day = 0, i = 0; day < days; day++) {
      const market = gauss()
      for (const [s, name] of symbols.entries()) {
        const move = volatility * (Math.sqrt(rho) * market + Math.sqrt(1 - rho) * gauss())
        last[s] = last[s]! * Math.exp(move)
        symbol[i] = name
        time[i] = epoch + day * 86_400_000
        close[i] = last[s]!
        volume[i++] = Math.round(1e5 * (1 + 20 * Math.abs(move)))
      }
    }
    return table(Price, { symbol, time, close, volume })
  },
})

const p = prices({ symbols: ['A', 'B'], days: 3, keep: true, expect: [between('close', 0, 1e9)] })
same<Eq<typeof p, Node<{ symbol: string; time: Timestamp; close: number; volume: number }>>>()

const m = windowed({
  from: p,
  time: 'time',
  window: tumbling('7 days'),
  by: ['symbol'],
  measure: { n: count(), c: mean('close'), q: quantile('close', 0.5) },
  lateness: '1 day',
  late: 'update',
  expect: [between('c', 0, 1e9)],
})
same<
  Eq<
    RowOf<typeof m>,
    { windowStart: Timestamp; windowEnd: Timestamp; symbol: string; n: number; c: number | null; q: number | null }
  >
>()

const s = sql({
  from: { p },
  schema: z.object({ symbol: z.string(), total: z.number() }),
  query: 'select symbol, sum(volume) total from p group by symbol',
  expect: [notNull('total')],
})
same<Eq<RowOf<typeof s>, { symbol: string; total: number }>>()

// Generators: tables one after another, all options optional, a declared schema.
const ticks = defineGenerator({
  name: 'acme/ticks',
  options: z.object({ n: z.int().default(3) }),
  *load({ n }) {
    for (let i = 0; i < n; i++) yield table({ i: [i], even: [i % 2 === 0], text: ['x'] })
  },
})()
same<Eq<RowOf<typeof ticks>, { i: number; even: boolean; text: string }>>()
const later = defineGenerator({
  name: 'acme/later',
  options: z.object({}),
  async *load() {
    yield table({ at: [new Date(0)], maybe: [1, null] })
  },
})
same<Eq<RowOf<ReturnType<typeof later>>, { at: Timestamp; maybe: number | null }>>()
const declared = defineGenerator({
  name: 'acme/declared',
  options: z.object({}),
  schema: Price,
  load: () => table({ symbol: ['A'] }),
})
same<Eq<RowOf<ReturnType<typeof declared>>, RowOf<typeof Price>>>()

// A connector whose rows are always the same asks for no schema.
const stations = defineSource({
  name: 'acme/stations',
  options: z.object({ country: z.string().optional() }),
  schema: z.object({ id: z.string(), height: z.number().nullable() }),
  create: () => ({
    listing: 'complete',
    async *discover() {},
    describe: async () => ({ fields: [] }),
    async *open() {},
  }),
})
same<Eq<RowOf<ReturnType<typeof stations>>, { id: string; height: number | null }>>()
defineSource({
  name: 'acme/typed-batches',
  create: () => ({
    listing: 'complete',
    async *discover() {},
    describe: async () => ({ fields: [] }),
    async *open() {
      yield table(Price, { symbol: [], time: [], close: [], volume: [] })
    },
  }),
})
stations()
stations({ country: 'CH', onRemoved: 'retain', expect: [between('height', 0, 5000)] })

// Checks of one column, of columns in roles, of the dataset.
const iban = defineCheck({
  name: 'acme/iban',
  columns: z.string(),
  options: z.object({ country: z.string().optional() }),
  row: (cell, { country }) => country === undefined || cell.startsWith(country),
})
const account = iban('account', { country: 'CH', verdict: 'drop' })
same<Eq<typeof account, Check<{ readonly account: string | null | undefined }>>>()
const before = defineCheck({
  name: 'acme/before',
  columns: z.object({ start: z.date(), end: z.date().nullable() }),
  row: ({ start, end }) => {
    same<Eq<typeof start, Timestamp>>()
    same<Eq<typeof end, Timestamp | null>>()
    return end === null || start <= end
  },
})
const ordered = before({ start: 'departure', end: 'arrival' }, { atLeast: 0.9 })
same<
  Eq<
    typeof ordered,
    Check<{ readonly departure: Timestamp | null | undefined; readonly arrival: Timestamp | null | undefined }>
  >
>()
const steady = defineCheck({
  name: 'acme/steady',
  columns: z.number(),
  options: z.object({ max: z.number() }),
  dataset: {
    measure: (column) => ({ rows: count(), average: mean(column) }),
    decide({ rows, average }, { max }) {
      same<Eq<typeof rows, number>>()
      same<Eq<typeof average, number | null>>()
      return { pass: average === null || average <= max, observed: `mean ${average} of ${rows} rows` }
    },
  },
})
each({ from: p, run: (t) => t, expect: [steady('close', { max: 100, verdict: 'warn' })] })

// Services and hooks.
interface Clock {
  now(): number
}
const Clock = createToken<Clock>('acme/Clock')
const fixed = provide(Clock, {
  name: 'acme/fixed',
  options: z.object({ at: z.number() }),
  create: ({ at }) => ({ now: () => at }),
})
export const fileLineage = provide(LineageStore, {
  name: 'acme/file-lineage',
  options: z.object({ path: z.string() }),
  needs: { log: Logger, clock: Clock },
  scope: 'run',
  create: ({ path }, { log, clock }) => ({
    append: async (event) => log.info(`${path} ${event.job.name} ${clock.now()}`),
    async *events() {},
    close: async () => {},
  }),
  dispose: async (store) => store.close?.(),
})
const watch = definePlugin({
  name: 'acme/watch',
  needs: { log: Logger },
  setup(_, { hooks, log }) {
    hooks.afterStep.tapPromise('acme/watch', async ({ node, rowsOut }) => log.info(`${node}: ${rowsOut}`))
    hooks.onQualityViolation.tapPromise('acme/watch', async ({ phase }) => (phase === 'fold' ? 'halt' : undefined))
  },
})
export const config = defineConfig(({ env }) => ({
  pipelines: { x: pipeline({ p, m, s, ticks, out: toParquet({ from: m, path: 'x', partitionBy: 'symbol' }) }) },
  plugins: [watch(), fixed({ at: 0 }), env === 'test' && watch()],
  lineage: fileLineage({ path: 'l' }),
  hooks: { onLateData: ({ rows }) => (rows > 10 ? 'backfill' : undefined), beforeStep: async () => {} },
  durability: 'process',
  threads: 2,
}))

export const untyped: Table = table({ a: [1] })
