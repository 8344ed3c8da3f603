/** Verbs over whole tables of 1,000,000 rows (orderby, slice, concat, dedupe, joins): processor time, observed tables against plain Arquero. */
import type { ColumnTable } from 'arquero'
import { desc } from 'arquero'
import { FlatColumn, Int64Column } from '../../src/kernel/columns/column.ts'
import { BytesColumn, DictionaryColumn } from '../../src/kernel/columns/text.ts'
import { types } from '../../src/kernel/types.ts'
import { bothOf, type Case, compare } from './measured.ts'

const rows = process.argv.includes('--quick') ? 200_000 : 1_000_000

/** Numbers that look drawn, the same in every run. */
function drawn(seed: number, below: number): (i: number) => number {
  return (i) => (Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (seed * 0x85ebca6b), 0xc2b2ae35) >>> 0) % below
}

function text(of: (i: number) => string, n = rows): BytesColumn {
  const column = BytesColumn.ofStrings(Array.from({ length: n }, (_, i) => of(i)))
  return new BytesColumn(types.string, column.offsets, column.bytes)
}

function doubles(seed: number, n = rows): FlatColumn {
  const pick = drawn(seed, 2 ** 32)
  return new FlatColumn(
    types.float64,
    Float64Array.from({ length: n }, (_, i) => pick(i) / 4096 + pick(i + n) / 2 ** 52),
  )
}

const airport = drawn(1, 300)
const delay = drawn(2, 1500)
const customer = drawn(3, rows / 2)
const key = drawn(4, rows / 10)
const flights = () =>
  bothOf({
    delay: new FlatColumn(
      types.int32,
      Int32Array.from({ length: rows }, (_, i) => delay(i) - 100),
    ),
    price: doubles(5),
    origin: new DictionaryColumn(
      Uint16Array.from({ length: rows }, (_, i) => airport(i)),
      Array.from({ length: 300 }, (_, i) => `A${i.toString(36)}`),
    ),
    customer: text((i) => `customer-${customer(i)}`),
    city: text((i) => `City of ${airport(i)}`),
    id: new Int64Column(
      types.int64,
      BigInt64Array.from({ length: rows }, (_, i) => BigInt(key(i))),
    ),
  })

/** Made once, used by all cases. */
let made: ReturnType<typeof flights> | undefined
const table = () => {
  made ??= flights()
  return made
}
const sorted = (t: ColumnTable) => t.indices()

const side = bothOf({
  id: new Int64Column(
    types.int64,
    BigInt64Array.from({ length: rows / 10 }, (_, i) => BigInt(i * 2)),
  ),
  name: text((i) => `name ${i}`, rows / 10),
  rank: doubles(6, rows / 10),
})
const sideOf = (observed: boolean) => (observed ? side.observed : side.plain)
const named = bothOf({ customer: text((i) => `customer-${i * 3}`, rows / 10), rank: doubles(7, rows / 10) })

const batches = (t: ColumnTable) => {
  const size = Math.ceil(rows / 16)
  return Array.from({ length: 16 }, (_, i) => t.slice(i * size, (i + 1) * size))
}
const cut = new Map<boolean, ColumnTable[]>()
const parts = (t: ColumnTable, observed: boolean) => {
  const found = cut.get(observed) ?? batches(t)
  cut.set(observed, found)
  return found
}

/** Bytes of text are moved when they are read: the same with all of them read. */
const moved = (t: ColumnTable, observed: boolean) => {
  if (!observed) return t
  for (const name of ['customer', 'city']) (t.column(name) as unknown as BytesColumn).offsets
  return t
}

const cases: readonly Case[] = [
  { name: 'orderby float64', tables: table, act: (t) => sorted(t.orderby('price')), wanted: 5 },
  { name: 'orderby int32, descending', tables: table, act: (t) => sorted(t.orderby(desc('delay'))), wanted: 5 },
  { name: 'orderby dictionary text', tables: table, act: (t) => sorted(t.orderby('origin')), wanted: 5 },
  { name: 'orderby distinct text', tables: table, act: (t) => sorted(t.orderby('customer')), wanted: 5 },
  { name: 'orderby repeated text', tables: table, act: (t) => sorted(t.orderby('city')), wanted: 5 },
  {
    name: 'orderby text, then float64 descending',
    tables: table,
    act: (t) => sorted(t.orderby('origin', desc('price'))),
    wanted: 5,
  },
  { name: 'orderby float64 and reify', tables: table, act: (t) => t.orderby('price').reify(), wanted: 5 },
  { name: 'orderby float64, reify, texts moved', tables: table, act: (t, o) => moved(t.orderby('price').reify(), o) },
  { name: 'orderby float64, first 100', tables: table, act: (t) => t.orderby(desc('price')).slice(0, 100), wanted: 5 },
  { name: 'slice, half of it', tables: table, act: (t) => t.slice(rows / 4, (3 * rows) / 4), wanted: 5 },
  {
    name: 'concat of 16 batches',
    tables: table,
    act: (t, observed) => {
      const [first, ...others] = parts(t, observed)
      return (first as ColumnTable).concat(others)
    },
    wanted: 5,
  },
  {
    name: 'concat of 16 batches, texts moved',
    tables: table,
    act: (t, observed) => {
      const [first, ...others] = parts(t, observed)
      return moved((first as ColumnTable).concat(others), observed)
    },
  },
  { name: 'dedupe by dictionary text', tables: table, act: (t) => t.dedupe('origin'), wanted: 5 },
  { name: 'dedupe by int64', tables: table, act: (t) => t.dedupe('id'), wanted: 5 },
  { name: 'dedupe by float64', tables: table, act: (t) => t.dedupe('price'), wanted: 5 },
  { name: 'dedupe by distinct text', tables: table, act: (t) => t.dedupe('customer'), wanted: 5 },
  { name: 'dedupe by two columns', tables: table, act: (t) => t.dedupe('origin', 'delay'), wanted: 5 },
  { name: 'join by int64, a tenth on the right', tables: table, act: (t, o) => t.join(sideOf(o), 'id'), wanted: 5 },
  { name: 'join_left by int64', tables: table, act: (t, o) => t.join_left(sideOf(o), 'id'), wanted: 5 },
  { name: 'join_full by int64', tables: table, act: (t, o) => t.join_full(sideOf(o), 'id'), wanted: 5 },
  {
    name: 'join by text',
    tables: table,
    act: (t, o) => t.join(o ? named.observed : named.plain, 'customer'),
    wanted: 5,
  },
  { name: 'semijoin by int64', tables: table, act: (t, o) => t.semijoin(sideOf(o), 'id'), wanted: 5 },
  {
    name: 'antijoin by text',
    tables: table,
    act: (t, o) => t.antijoin(o ? named.observed : named.plain, 'customer'),
    wanted: 5,
  },
  {
    name: 'cross of 1,000 and 1,000',
    tables: () => bothOf({ n: doubles(8, 1000) }),
    act: (t) => t.cross(t.rename({ n: 'm' })),
  },
]

export async function wholeTables(): Promise<void> {
  await compare(cases)
}
