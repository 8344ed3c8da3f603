/** Two left joins of 3,000,000 rows in batches of 65,536 against 3,376 airports: observed tables against plain Arquero. */

import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import type { Batch } from '../src/kernel/columns/batch.ts'
import { FlatColumn } from '../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../src/kernel/columns/text.ts'
import { observe } from '../src/kernel/observed/observe.ts'
import { types } from '../src/kernel/types.ts'

const size = 65_536
const total = 3_000_000
const airportCount = 3_376
const codes = Array.from({ length: airportCount }, (_, i) => `A${i.toString(36)}`)

function textColumn(cells: readonly string[]): BytesColumn {
  const bytes = new TextEncoder().encode(cells.join(''))
  const offsets = new Int32Array(cells.length + 1)
  cells.forEach((cell, i) => {
    offsets[i + 1] = (offsets[i] as number) + cell.length
  })
  return new BytesColumn(types.string, offsets, bytes)
}

const field = (name: string, type: Batch['schema']['fields'][number]['type']) => ({ name, type, nullable: true })

/** `shared`: the batches share their dictionaries, as batches of one row group do. */
function flights(shared: boolean): Batch[] {
  const dictionary = codes.slice(0, 300)
  const schema = {
    fields: [field('delay', types.int32), field('origin', types.string), field('destination', types.string)],
  }
  return Array.from({ length: Math.ceil(total / size) }, (_, b) => {
    const n = Math.min(size, total - b * size)
    const own = () => (shared ? dictionary : dictionary.slice())
    const column = (seed: number) =>
      new DictionaryColumn(
        Uint16Array.from({ length: n }, (_, i) => ((i + b) * seed) % 300),
        own(),
      )
    return {
      schema,
      length: n,
      columns: [
        new FlatColumn(
          types.int32,
          Int32Array.from({ length: n }, (_, i) => i % 90),
        ),
        column(7919),
        column(104_729),
      ],
    }
  })
}

const airportBatch: Batch = {
  length: airportCount,
  schema: {
    fields: [
      field('iata', types.string),
      field('city', types.string),
      field('state', types.string),
      field('latitude', types.float64),
    ],
  },
  columns: [
    textColumn(codes),
    textColumn(codes.map((code) => `City of ${code}`)),
    textColumn(codes.map((_, i) => `S${i % 50}`)),
    new FlatColumn(
      types.float64,
      Float64Array.from(codes, (_, i) => i / 100),
    ),
  ],
}

const enrich = (batch: ColumnTable, airports: ColumnTable): ColumnTable =>
  batch
    .join_left(airports.select({ iata: 'origin', city: 'originCity', state: 'originState' }), 'origin')
    .join_left(airports.select({ iata: 'destination', city: 'destinationCity' }), 'destination')

function best(times: number, run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

function report(name: string, ms: number): void {
  console.log(`${name.padEnd(64)} ${ms.toFixed(0).padStart(6)} ms`)
}

for (const shared of [true, false]) {
  const batches = flights(shared)
  const airports = observe(airportBatch, { input: 'airports', rowWise: false })
  const seen = (batch: Batch) => observe(batch, { input: '', rowWise: true })
  const label = shared ? 'one dictionary' : 'a dictionary per batch'
  report(
    `observed, 2 x join_left, ${label}`,
    best(5, () => batches.map((batch) => enrich(seen(batch), airports).numRows())),
  )
}

const whole = (name: string) =>
  airportBatch.columns[airportBatch.schema.fields.findIndex((f) => f.name === name)] as BytesColumn
const plainAirports = aq.table({
  iata: [...whole('iata')],
  city: [...whole('city')],
  state: [...whole('state')],
  latitude: [...whole('latitude')],
})
const plainBatches = flights(true).map((batch) =>
  aq.table(Object.fromEntries(batch.columns.map((column, i) => [batch.schema.fields[i]?.name, [...column]]))),
)
report(
  'plain Arquero on arrays, 2 x join_left, in the same batches',
  best(1, () => plainBatches.map((batch) => enrich(batch, plainAirports).numRows())),
)
