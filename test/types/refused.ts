// biome-ignore-all format: the comment has to stand right above the line that is wrong.
// biome-ignore-all lint/suspicious/noShadowRestrictedNames: Arquero's own name.
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: what is wrong here is not used.
import {
  between,
  count,
  day,
  defineCheck,
  defineConfig,
  defineGenerator,
  definePlugin,
  defineSource,
  each,
  escape,
  expression,
  LineageStore,
  Logger,
  matches,
  max,
  mean,
  min,
  notNull,
  oneOf,
  op,
  pipeline,
  provide,
  rollup,
  rowCount,
  run,
  satisfies,
  step,
  sum,
  table,
  tumbling,
  unique,
  windowed,
} from 'tidegate'
import { z } from 'zod'
import { airports, csv, flights, openLineage, parquet, sql, toParquet } from './connectors.ts'
import config, { clean } from './golden-path.ts'
import { prices } from './plugins.ts'

// ---- expressions
// @ts-expect-error there is no column "dely"
each({ from: flights, run: (t) => t.filter((d) => d.dely > 0) })
// @ts-expect-error text cells have no methods inside an expression
each({ from: flights, run: (t) => t.filter((d) => d.origin.startsWith('A')) })
// @ts-expect-error the params have no "kk"
each({ from: flights, run: (t) => t.params({ k: 1 }).filter((d, $) => d.delay > $.kk) })
// @ts-expect-error the node's params have no "max"
each({ from: flights, params: { limit: 1 }, run: (t) => t.filter((d, $) => d.delay > $.max) })
// @ts-expect-error chance comes from the run context
each({ from: flights, run: (t) => t.derive({ x: () => op.random() }) })
// @ts-expect-error time comes from the run context
each({ from: flights, run: (t) => t.derive({ x: () => op.now() }) })
// @ts-expect-error escape cannot be used inside rollup
step({ from: flights, run: (t) => t.rollup({ n: escape((d: { delay: number }) => d.delay) }) })
// @ts-expect-error there is no column "dely" to sort by
step({ from: flights, run: (t) => t.orderby('dely') })
// @ts-expect-error there is no column "dely" to fill
step({ from: flights, run: (t) => t.impute({ dely: () => 0 }) })

// ---- what a step takes and gives
// @ts-expect-error the columns of a pivot are not known: declare a schema
step({ from: flights, run: (t) => t.pivot('origin', 'delay') })
// @ts-expect-error there is no input "airport"
step({ from: { flights, airports }, run: ({ flights, airport }) => flights })
// @ts-expect-error each streams one node; further tables go into "with"
each({ from: { flights, airports }, run: (t) => t })
// @ts-expect-error the airports have no column "origin"
each({ from: flights, with: { airports }, run: (t, { airports }) => t.join(airports, 'origin') })
// @ts-expect-error "code" is no column of the airports
each({ from: flights, with: { airports }, run: (t, { airports }) => t.lookup(airports, ['origin', 'iata'], 'code') })
// @ts-expect-error run returns nothing
each({ from: flights, run: (t) => { t.count() } })
// @ts-expect-error run returns rows, not a table
step({ from: flights, run: (t) => t.objects() })
// @ts-expect-error rows of other columns cannot be appended
each({ from: flights, run: (t) => t.concat(table({ iata: ['x'] })) })
// @ts-expect-error the node has no option "expects"
each({ from: flights, run: (t) => t, expects: [notNull('origin')] })
// @ts-expect-error only sources lose parts
each({ from: flights, run: (t) => t, onRemoved: 'retain' })
// @ts-expect-error the result has no column "late" to order by
step({ from: flights, run: (t) => t, orderBy: ['late'] })
// @ts-expect-error a table is no node
each({ from: table({ a: [1] }), run: (t) => t })

// ---- checks
// @ts-expect-error there is no column "orign"
each({ from: flights, run: (t) => t, expect: [between('orign', 0, 1)] })
// @ts-expect-error there is no column "orign" to know rows by
each({ from: flights, run: (t) => t, key: 'orign' })
// @ts-expect-error there is no column "dely" to know rows by
each({ from: flights, run: (t) => t, key: ['origin', 'dely'] })
// @ts-expect-error "origin" is text
each({ from: flights, run: (t) => t, expect: [between('origin', 0, 1)] })
// @ts-expect-error "delay" is no text
each({ from: flights, run: (t) => t, expect: [oneOf('delay', ['a'])] })
// @ts-expect-error "delay" is no text
each({ from: flights, run: (t) => t, expect: [matches('delay', /^a/)] })
// @ts-expect-error "delay" is a number, not a bigint
each({ from: flights, run: (t) => t, expect: [between('delay', 0n, 1n)] })
// @ts-expect-error a check that names no rows cannot quarantine them
each({ from: flights, run: (t) => t, expect: [rowCount(1, 2, { verdict: 'quarantine' })] })
// @ts-expect-error the verdicts are halt, quarantine, drop and warn
each({ from: flights, run: (t) => t, expect: [notNull('origin', { verdict: 'remove' })] })
// @ts-expect-error which rows lose is "all" or "later"
each({ from: flights, run: (t) => t, expect: [unique('origin', { lose: 'earlier' })] })
// @ts-expect-error the step dropped "origin" before the check
each({ from: flights, run: (t) => t.select('delay'), expect: [notNull('origin')] })
// @ts-expect-error the row has no "city"
each({ from: flights, run: (t) => t, expect: [satisfies(z.object({ city: z.string() }))] })
// @ts-expect-error "delay" of a quarantined row may be absent, and the expression does not say so
each({ from: flights.quarantine, run: (t) => t, expect: [expression('late', (d: { delay: number }) => d.delay > 15)] })
// @ts-expect-error the declared schema has no "delay"
step({ from: flights, schema: z.object({ A: z.number() }), run: (t) => t.pivot('origin', 'delay'), expect: [notNull('delay')] })
// @ts-expect-error what otherwise happens to a row is a verdict
each({ from: flights, run: (t) => t, otherwise: 'ignore' })

// ---- roll-ups and windows
// @ts-expect-error the mean of text
rollup({ from: flights, by: { date: day('date') }, measure: { delay: mean('origin') } })
// @ts-expect-error "delay" is a number, but no time
rollup({ from: flights, by: { date: day('delay') }, measure: { n: count() } })
// @ts-expect-error there is no column "orgin"
rollup({ from: flights, by: ['orgin'], measure: { n: count() } })
// @ts-expect-error the roll-up has no column "delay"
rollup({ from: flights, by: ['origin'], measure: { n: count() }, expect: [between('delay', 0, 1)] })
// @ts-expect-error there is no column "delya" to take the smallest of
rollup({ from: flights, by: ['origin'], measure: { low: min('delya') } })
// @ts-expect-error the sum of text
rollup({ from: flights, by: ['origin'], measure: { total: sum('origin') } })
// @ts-expect-error the largest "origin" is text
rollup({ from: flights, by: ['delay'], measure: { last: max('origin') }, expect: [between('last', 0, 1)] })
// @ts-expect-error "delay" is a number, but no time
windowed({ from: flights, time: 'delay', window: tumbling('1 day'), measure: { n: count() } })
// @ts-expect-error late rows are dropped, update, go to a dead letter or are backfilled
windowed({ from: flights, time: 'date', window: tumbling('1 day'), measure: { n: count() }, late: 'ignore' })

// ---- outputs
// @ts-expect-error the output is called "quarantine"
each({ from: flights.quarantin, run: (t) => t })
// @ts-expect-error cells of quarantined rows may be absent
each({ from: clean.quarantine, run: (t) => t, expect: [satisfies(z.object({ delay: z.number() }))] })
// @ts-expect-error a quarantined row has "_reasons", not "reasons"
step({ from: clean.quarantine, run: (t) => t.groupby('reasons').count() })
// @ts-expect-error the rows of the node itself have no reasons
step({ from: clean, run: (t) => t.groupby('_reasons').count() })

// ---- connectors and generators
// @ts-expect-error there is no column "day" to partition by
toParquet({ from: flights, path: 'x', partitionBy: 'day' })
// @ts-expect-error there is no column "day" to sort by
toParquet({ from: flights, path: 'x', sortBy: ['origin', 'day'] })
// @ts-expect-error a target has no rows to check
toParquet({ from: flights, path: 'x', expect: [notNull('origin')] })
// @ts-expect-error a source says what its rows are
parquet({ path: 'x' })
// @ts-expect-error "delimter" is no option
csv({ path: 'x', schema: z.object({}), delimter: ';' })
// @ts-expect-error the schema has no column "b"
csv({ path: 'x', schema: z.object({ a: z.string() }), expect: [notNull('b')] })
// @ts-expect-error sql declares the schema of its result
sql({ from: { flights }, query: 'select 1' })
// @ts-expect-error the number of days is missing
prices({ symbols: ['A'] })
// @ts-expect-error prices have no column "delay"
prices({ symbols: ['A'], days: 1, expect: [notNull('delay')] })
// @ts-expect-error a generator returns tables
defineGenerator({ name: 'x', options: z.object({}), load: () => [{ a: 1 }] })
// @ts-expect-error a source lists its parts completely, or appends
defineSource({ name: 'x', create: () => ({ listing: 'some', async *discover() {}, describe: async () => ({ fields: [] }), async *open() {} }) })
// @ts-expect-error "a" is a number
table(z.object({ a: z.number(), b: z.string() }), { a: ['x'], b: ['y'] })
// @ts-expect-error "b" is missing
table(z.object({ a: z.number(), b: z.string() }), { a: [1] })

// ---- checks of one's own
const before = defineCheck({ name: 'x', columns: z.object({ start: z.date(), end: z.date() }), row: ({ start, end }) => start <= end })
// @ts-expect-error the role "end" has no column
before({ start: 'date' })
// @ts-expect-error there is no column "arrival"
each({ from: flights, run: (t) => t, expect: [before({ start: 'date', end: 'arrival' })] })
// @ts-expect-error "delay" is no time
each({ from: flights, run: (t) => t, expect: [before({ start: 'date', end: 'delay' })] })
// @ts-expect-error the check takes no option "gap"
before({ start: 'date', end: 'date' }, { gap: 1 })
// @ts-expect-error the predicate answers yes or no
defineCheck({ name: 'x', columns: z.string(), row: (cell) => cell.length })
// @ts-expect-error a number has no length
defineCheck({ name: 'x', columns: z.number(), row: (cell) => cell.length > 1 })
// @ts-expect-error a check is about rows or about the dataset
defineCheck({ name: 'x', columns: z.number(), row: () => true, dataset: { measure: () => ({}), decide: () => ({ pass: true, observed: '' }) } })
// @ts-expect-error a check of the dataset cannot drop rows
defineCheck({ name: 'x', columns: z.number(), dataset: { measure: () => ({}), decide: () => ({ pass: true, observed: '' }) } })('a', { verdict: 'drop' })

// ---- services and plugins
// @ts-expect-error a lineage store has append and events
provide(LineageStore, { name: 'x', create: () => ({ record() {} }) })
// @ts-expect-error the need is called "log"
definePlugin({ name: 'x', needs: { log: Logger }, setup(_, { logger }) { logger } })
// @ts-expect-error "hooks" is always there and names no need
definePlugin({ name: 'x', needs: { hooks: Logger }, setup() {} })

// ---- config
// @ts-expect-error the URL may be undefined
defineConfig(() => ({ pipelines: {}, lineage: openLineage({ url: process.env['OPENLINEAGE_URL'] }) }))
// @ts-expect-error no verdict is called "explode"
defineConfig(() => ({ pipelines: { p: pipeline({ flights }) }, hooks: { onQualityViolation: () => 'explode' } }))
// @ts-expect-error late data is updated, not halted
defineConfig(() => ({ pipelines: {}, hooks: { onLateData: () => 'halt' } }))
// @ts-expect-error that plugin provides no lineage store
defineConfig(() => ({ pipelines: {}, lineage: definePlugin({ name: 'w', setup() {} })() }))
// @ts-expect-error the plugin is not called with its options
defineConfig(() => ({ pipelines: {}, lineage: openLineage }))
// @ts-expect-error there is no key "lineag"
defineConfig(() => ({ pipelines: {}, lineag: 1 }))
// @ts-expect-error a pipeline is made by pipeline({ ... })
defineConfig(() => ({ pipelines: { flights: { flights } } }))
// @ts-expect-error a commit survives a power cut or the death of the process
defineConfig(() => ({ pipelines: {}, durability: 'none' }))
const p = pipeline({ flights })
// @ts-expect-error there is no pipeline "q"
defineConfig(() => ({ pipelines: { p }, schedules: { p: { cron: '0 6 * * *' }, q: { cron: '0 6 * * *' } } }))
// @ts-expect-error there is no pipeline "q", also where the config awaits something
defineConfig(async () => ({ pipelines: { p }, deadlines: { p: { within: '1h' }, q: { within: '1h' } } }))
// @ts-expect-error a tick is skipped, queued, or cancels the run before it
defineConfig(() => ({ pipelines: { p }, schedules: { p: { cron: '0 6 * * *', overlap: 'wait' } } }))
// @ts-expect-error a deadline is due within some time or by a time of day, not both
defineConfig(() => ({ pipelines: { p }, deadlines: { p: { within: '1h', by: '06:00' } } }))
// @ts-expect-error a missed deadline warns, notifies or halts
each({ from: flights, run: (batch) => batch, deadline: { within: '1h', action: 'stop' } })
// @ts-expect-error an array is no node
pipeline({ flights: [flights] })

// ---- runs
// @ts-expect-error there is no node "dialy"
void run(config, 'flights', { only: ['dialy'] })
// @ts-expect-error there is no pipeline "flight"
void run(config, 'flight')
// @ts-expect-error the handle of a node that does not exist
void run(config, 'flights').then((r) => r.dialy)
// @ts-expect-error what is replaced never goes into the real environment: say "into"
void run(config, 'flights', { replace: [[clean, clean]] })
// @ts-expect-error the replacement lacks columns
void run(config, 'flights', { replace: [[clean, airports]], into: 'scratch' })
// @ts-expect-error a replacement is a pair of nodes
void run(config, 'flights', { replace: [clean], into: 'scratch' })
