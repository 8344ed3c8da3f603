// biome-ignore-all lint/suspicious/noShadowRestrictedNames: Arquero's own name.
import {
  between,
  day,
  desc,
  each,
  escape,
  expression,
  first,
  max,
  min,
  month,
  oneOf,
  op,
  type Quarantined,
  type RowOf,
  rollup,
  satisfies,
  step,
  sum,
  type Timestamp,
  table,
} from 'tidegate'
import { z } from 'zod'
import { airports, flights, nodeOf } from './connectors.ts'
import { type Eq, same } from './eq.ts'

type Row = { id: number; name: string; big: bigint; at: Timestamp; kind: 'a' | 'b'; note: string | null }
const rows = nodeOf<Row>()
const others = nodeOf<{ id: number; name: string; score: number }>()

// Schemas: what a step sees, which is not what z.infer says.
const Everything = z.object({
  date: z.date(),
  day: z.iso.date(),
  instant: z.iso.datetime(),
  clock: z.iso.time(),
  maybe: z.date().nullable(),
  gone: z.string().optional(),
  filled: z.date().default(new Date(0)),
  big: z.int64(),
  whole: z.int(),
  kind: z.enum(['a', 'b']),
  list: z.array(z.date()),
  inner: z.object({ at: z.date() }),
})
same<
  Eq<
    RowOf<typeof Everything>,
    {
      date: Timestamp
      day: Timestamp
      instant: Timestamp
      clock: number
      maybe: Timestamp | null
      gone: string | null
      filled: Timestamp
      big: bigint
      whole: number
      kind: 'a' | 'b'
      list: readonly Timestamp[]
      inner: Readonly<{ at: Timestamp }>
    }
  >
>()

// Verbs.
step({
  from: rows,
  run: (t) => {
    const derived = t.derive({
      upper: (d) => op.upper(d.name),
      same: (d) => d.name,
      twice: (d) => d.id * 2,
      long: escape((d) => d.name.length),
    })
    same<
      Eq<
        RowOf<typeof derived>,
        Row & { upper: string; same: string; twice: number; long: number } extends infer X
          ? { [K in keyof X]: X[K] }
          : never
      >
    >()
    const picked = t.select('id', { name: 'label' })
    same<Eq<RowOf<typeof picked>, { id: number; label: string }>>()
    const renamed = t.rename({ name: 'label' }).select('label')
    same<Eq<RowOf<typeof renamed>, { label: string }>>()
    const grouped = t
      .groupby('kind')
      .rollup({ n: () => op.count(), top: (d) => op.max(d.name), ids: (d) => op.array_agg(d.id) })
    same<Eq<RowOf<typeof grouped>, { kind: 'a' | 'b'; n: number; top: string; ids: number[] }>>()
    const counted = t.groupby({ initial: (d) => op.substring(d.name, 0, 1) }).count({ as: 'n' })
    same<Eq<RowOf<typeof counted>, { initial: string; n: number }>>()
    const imputed = t.impute({ note: () => 'none' }).select('note')
    same<Eq<RowOf<typeof imputed>, { note: string }>>()
    const assigned = t.select('id').assign(table({ id: ['x'], more: [true] }))
    same<Eq<RowOf<typeof assigned>, { id: string; more: boolean }>>()
    const moved = t.relocate('note', { before: 'id' }).sample(3).unorder().dedupe('id').reify()
    same<Eq<RowOf<typeof moved>, Row>>()
    same<Eq<ReturnType<typeof t.array<'at'>>, Timestamp[]>>()
    same<Eq<ReturnType<typeof t.objects>, Row[]>>()
    const sorted = t
      .params({ limit: 3 })
      .filter((d, $) => d.id < $.limit)
      .orderby(desc('id'), 'name', (d) => op.lower(d.name))
    const text = sorted.filter((d) => op.startswith(d.name, 'A') && d.kind === 'a' && d.name.length > 1)
    return text.union(t).except(t).intersect(t).concat(t)
  },
})

// Joins, as Arquero names the columns of both sides.
step({
  from: { rows, others },
  run: ({ rows, others }) => {
    const left = rows.select('id', 'name')
    const inner = left.join(others, 'id')
    same<Eq<RowOf<typeof inner>, { id: number; name_1: string; name_2: string; score: number }>>()
    const missed = left.join_left(others, ['id', 'score'])
    same<
      Eq<
        RowOf<typeof missed>,
        {
          id_1: number
          name_1: string
          id_2: number | undefined
          name_2: string | undefined
          score: number | undefined
        }
      >
    >()
    const right = left.join_right(others, [
      ['id', 'name'],
      ['id', 'name'],
    ])
    same<Eq<RowOf<typeof right>, { id: number; name: string; score: number }>>()
    const full = left.join_full(others, 'id')
    same<
      Eq<
        RowOf<typeof full>,
        { id: number; name_1: string | undefined; name_2: string | undefined; score: number | undefined }
      >
    >()
    const crossed = left.cross(others.select('score'))
    same<Eq<RowOf<typeof crossed>, { id: number; name: string; score: number }>>()
    const looked = left.lookup(others, 'id', 'score')
    same<Eq<RowOf<typeof looked>, { id: number; name: string; score: number | undefined }>>()
    const computed = left.lookup(others, 'id', { half: (d) => d.score / 2 })
    same<Eq<RowOf<typeof computed>, { id: number; name: string; half: number | undefined }>>()
    return left.semijoin(others, 'id').antijoin(others, ['name', 'name']).join_left(others.select('id', 'score'), 'id')
  },
})

// A missed join is null once committed, a Date a Timestamp; with a schema any table will do.
const committed = step({
  from: { flights, airports },
  run: ({ flights, airports }) =>
    flights.join_left(airports, ['origin', 'iata']).derive({ day: (d) => op.parse_date(d.origin) }),
})
same<
  Eq<
    RowOf<typeof committed>,
    { date: Timestamp; delay: number; origin: string; iata: string | null; city: string | null; day: Timestamp }
  >
>()
const pivoted = step({
  from: flights,
  schema: z.object({ A: z.number(), B: z.number().nullable() }),
  run: (t) => t.pivot('origin', 'delay'),
  expect: [between('B', 0, 1)],
})
same<Eq<RowOf<typeof pivoted>, { A: number; B: number | null }>>()
step({ from: flights, schema: z.object({ delay: z.number() }), run: (t) => t.select('delay') })

// Params reach expressions and code.
const limited = each({
  from: flights,
  params: { limit: 15, names: ['A'] },
  with: { airports },
  run: (batch, { airports }, { params }) => {
    same<Eq<typeof params.limit, number>>()
    return batch.filter((d, $) => d.delay > $.limit).semijoin(airports, ['origin', 'iata'])
  },
  expect: [
    oneOf('origin', ['ZRH', 'BSL']),
    expression('late', (d: { delay: number }) => d.delay > 15),
    satisfies(z.object({ origin: z.string().max(3) })),
  ],
  retry: { attempts: 3 },
  timeout: '30s',
})
same<Eq<RowOf<typeof limited>, RowOf<typeof flights>>>()
each({ from: flights, run: async (t) => t, version: '2', rehearse: false })

// Quarantined rows: all columns, nullable, and why; an input like any other.
const reasons = step({ from: limited.quarantine, run: (t) => t.groupby('_reasons').count() })
same<Eq<RowOf<typeof reasons>, { _reasons: string; count: number }>>()
same<Eq<RowOf<typeof flights.quarantine>['delay'], number | null>>()
same<Eq<Quarantined<{ a: number }>['_raw'], string | null>>()

// Roll-ups: what the measures and keys say about the columns they look at.
const nullable = nodeOf<{ at: Timestamp | null; big: bigint; kind: 'a' | 'b'; n: number }>()
const rolled = rollup({
  from: nullable,
  by: { day: day('at'), month: month('at', { timeZone: 'Europe/Zurich' }), kind: 'kind' },
  measure: { total: sum('big'), n: sum('n'), low: min('kind'), high: max('at'), first: first('big') },
  expect: [between('total', 0n, 10n)],
  buckets: 16,
})
same<
  Eq<
    RowOf<typeof rolled>,
    {
      day: Timestamp | null
      month: Timestamp | null
      kind: 'a' | 'b'
      total: bigint
      n: number
      low: 'a' | 'b' | null
      high: Timestamp | null
      first: bigint | null
    }
  >
>()
